/* run.c - the keeper: own uid, no capability, empty root, no network.  Holds
 * the TLS private keys in locked memory; reads sign requests of fixed size
 * from each NET, and answers with signatures. */
#include "daemon/keeper/keeper.h"

#include "common/text.h"
#include "daemon/border/log.h"
#include "daemon/border/serving.h"
#include "daemon/keeper/keyring.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SECURE_HEAP = 1024 * 1024, /* two generations of RSA keys of 4096 bits for each host */
    SIGNATURES_A_SECOND = 100, /* of one cell: a data connection that can't resume needs one */
    SIGNATURES_AT_ONCE = 200,
    ALWAYS = 1,
};

struct keeper_cell {
    struct served_cell served;
    int64_t refilled_ms;
    uint32_t allowed;
};

struct keeper {
    struct serving serving;
    struct keyring ring;
};

static const struct border_row from_net[] = {
    [KEEPER_SIGN_TLS13] = { "sign 1.3", sizeof(struct keeper_sign), 0, ALWAYS, 0 },
    [KEEPER_SIGN_TLS12] = { "sign 1.2", sizeof(struct keeper_sign), 0, ALWAYS, 0 },
};

static const struct border_row from_master[] = {
    SERVING_FROM_MASTER,
    [FM_FILE] = { "file", sizeof(struct fm_file_message), 0, ALWAYS, 1 },
};

static unsigned phase(const struct served_cell *cell)
{
    (void)cell;
    return ALWAYS;
}

static void begin(struct served_cell *served)
{
    struct keeper_cell *cell = (struct keeper_cell *)served;
    cell->allowed = SIGNATURES_AT_ONCE;
    cell->refilled_ms = now_ms();
}

static uint64_t newest_cell(const struct serving *serving)
{
    uint64_t newest = 0;
    for (const struct served_cell *cell = serving->cells; cell; cell = cell->next) {
        if (cell->number > newest)
            newest = cell->number;
    }
    return newest;
}

/* The one message that is the keeper's own: a key's file. */
static void on_master(struct serving *serving, const struct message_head *head, int fd)
{
    struct keeper *keeper = (struct keeper *)serving;
    const struct fm_file_message *message = (const struct fm_file_message *)head;
    EVP_PKEY *key = NULL;
    if (message->which == FM_FILE_KEY && message->index < KEYS_MAX)
        key = key_read(fd);
    close(fd);
    if (!key) {
        log_note(LOG_LEVEL_ERROR, "private key %u can't be read; the old one stays", message->index);
        return;
    }
    if (message->index == 0) /* the master gives all anew, [tls]'s first */
        keyring_retire(&keeper->ring, newest_cell(serving));
    if (!keyring_put(&keeper->ring, message->index, key))
        log_note(LOG_LEVEL_ERROR, "private key %u has no place", message->index);
}

/* Old keys go with the last session that needs them. */
static void sweep(struct keeper *keeper)
{
    uint64_t oldest = UINT64_MAX;
    if (!keeper->ring.retired)
        return;
    for (const struct served_cell *cell = keeper->serving.cells; cell; cell = cell->next) {
        if (cell->number < oldest)
            oldest = cell->number;
    }
    keyring_sweep(&keeper->ring, oldest);
}

static bool within_rate(struct keeper_cell *cell)
{
    const int64_t now = now_ms();
    const int64_t earned = (now - cell->refilled_ms) * SIGNATURES_A_SECOND / 1000;
    if (earned > 0) {
        const int64_t sum = cell->allowed + earned;
        cell->allowed = (uint32_t)(sum < SIGNATURES_AT_ONCE ? sum : SIGNATURES_AT_ONCE);
        cell->refilled_ms = now;
    }
    if (!cell->allowed)
        return false;
    cell->allowed--;
    return true;
}

static bool answer(struct serving *serving, struct served_cell *served, const void *question,
                   const char **why)
{
    struct keeper *keeper = (struct keeper *)serving;
    const struct keeper_sign *ask = question;
    unsigned char text[64 + 64 + KEEPER_TEXT_ROOM];
    struct keeper_answer reply;
    const size_t length = signed_text(ask, text, sizeof text);
    if (!length) {
        *why = "not a handshake's text";
        return false;
    }
    sweep(keeper);
    EVP_PKEY *key = keyring_find(&keeper->ring, ask->key, ask->print);
    memset(&reply, 0, sizeof reply);
    reply.head = ask->head;
    if (!within_rate((struct keeper_cell *)served)) {
        reply.error = EAGAIN;
    } else if (!key) {
        reply.error = ENOENT;
    } else {
        reply.length = (uint32_t)sign(key, ask->scheme, text, length, reply.signature);
        reply.error = reply.length ? 0 : EINVAL;
    }
    if (channel_send(served->channel, &reply, sizeof reply, MSG_DONTWAIT) != 0)
        serving_end(served);
    return true;
}

/* Neither swapped nor dumped (a core dump is off: dumpable and RLIMIT_CORE). */
static void protect_memory(void)
{
    if (CRYPTO_secure_malloc_init(SECURE_HEAP, 16) != 1)
        die("keeper: no secure heap, or it can't be locked");
    if (mlockall(MCL_CURRENT | MCL_FUTURE) !=
        0) { /* a container's limit: the keys' own heap is locked all the same */
        log_note(LOG_LEVEL_WARNING, "keeper: only the keys' own heap can be locked: %s", strerror(errno));
        (void)munlockall();
    }
}

static const struct serving_kind keeper_kind = {
    .name = "keeper",
    .cell_size = sizeof(struct keeper_cell),
    .from_net = from_net,
    .from_net_rows = COUNT(from_net),
    .question_size = sizeof(struct keeper_sign),
    .phase = phase,
    .begin = begin,
    .from_master = from_master,
    .from_master_rows = COUNT(from_master),
    .on_master = on_master,
    .answer = answer,
};

_Noreturn void keeper_run(struct config *config)
{
    static struct keeper keeper;
    log_open(FD_SCRIBE, (enum log_level)config->log_level);
    protect_memory();
    serving_run(&keeper.serving, &keeper_kind, config);
}
