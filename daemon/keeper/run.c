/* SPDX-License-Identifier: BSD-2-Clause */
/* run.c - the keeper: own uid, no capability, empty root, no network.  Holds
 * the TLS private keys in locked memory; reads sign requests of fixed size
 * from each NET, and answers with signatures. */
#include "daemon/keeper/keeper.h"

#include "common/text.h"
#include "daemon/ipc/hand_over.h"
#include "daemon/ipc/log.h"
#include "daemon/ipc/serving.h"
#include "daemon/keeper/keyring.h"
#include "daemon/protocol/hand_over.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SECURE_HEAP = 1024 * 1024, /* two generations of RSA keys of 4096 bits for each host */
    PAGE = 4096,               /* the smallest possible; larger pages are locked more than once */
    /* of one cell: each data connection that does not resume needs one */
    SIGNATURES_A_SECOND = 100,
    SIGNATURES_AT_ONCE = 200,
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

static const struct border_row from_net[] = { NET_TO_KEEPER(BORDER_ROW) };

static const struct border_row from_master[] = { MASTER_TO_BOTH(BORDER_ROW)
                                                     MASTER_TO_KEEPER(BORDER_ROW) };

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

/* Reads the key from the file; false: there is none, or no place for it. */
static bool take_key(struct keeper *keeper, const struct fm_file_message *message, int fd)
{
    EVP_PKEY *key = NULL;
    if (message->which == FM_FILE_KEY && message->index < KEYS_MAX)
        key = key_read(fd);
    if (!key) {
        log_note(LOG_LEVEL_ERROR, "private key %u can't be read; the old one stays",
                 message->index);
        return false;
    }
    if (message->index == 0) /* the master sends all of them again, beginning with that of [tls] */
        keyring_retire(&keeper->ring, newest_cell(&keeper->serving));
    if (keyring_put(&keeper->ring, message->index, key))
        return true;
    log_note(LOG_LEVEL_ERROR, "private key %u has no place", message->index);
    return false;
}

/* The master does not start without its keys. */
static void on_file(struct serving *serving, const struct fm_file_message *message, int fd)
{
    const bool taken = take_key((struct keeper *)serving, message, fd);
    const struct tm_key answer = { .head.type = TM_KEY, .index = message->index, .failed = !taken };
    close(fd);
    /* does not wait for a full channel */
    (void)channel_send(FD_MASTER, &answer, sizeof answer, MSG_DONTWAIT);
}

#define HEAR(name, number, shape, fds, phases, handler)                                            \
    case name:                                                                                     \
        on_##handler(serving, (const BORDER_STRUCT_##shape *)head BORDER_FD_##fds(fd));            \
        break;

static void on_master(struct serving *serving, const struct message_head *head, int fd)
{
    switch (head->type) {
        MASTER_TO_KEEPER(HEAR)
    }
}

/* Frees old keys after the last session that needs them. */
static void sweep_keys(struct keeper *keeper)
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

static bool answer_sign(struct serving *serving, struct served_cell *served, const void *question,
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
    sweep_keys(keeper);
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

/* Locks pages from `at` on, in one direction, until one can't be; returns how many. */
static size_t lock_pages(char *at, ptrdiff_t step)
{
    size_t locked = 0;
    while (locked < SECURE_HEAP / PAGE && mlock(at, PAGE) == 0) {
        locked++;
        at += step;
    }
    return locked;
}

/* Locks as much of the keys' heap as is allowed, beginning with the place of the first key, up to
 * the limit or the guard pages on either side. */
static size_t lock_pieces(void)
{
    char *inside = OPENSSL_secure_malloc(1);
    if (!inside)
        return 0;
    char *page = inside - (uintptr_t)inside % PAGE;
    size_t locked = lock_pages(page, -PAGE);
    if (locked)
        locked += lock_pages(page + PAGE, PAGE);
    OPENSSL_secure_free(inside);
    return locked;
}

/* Neither swapped nor dumped (core dumps are off: dumpable and RLIMIT_CORE).  A container may
 * forbid it: TLS with keys that may be swapped out is better than no TLS. */
static void protect_memory(void)
{
    const int made = CRYPTO_secure_malloc_init(SECURE_HEAP, 16);
    if (made == 0)
        die("keeper: no memory for the private keys");
    const bool all = mlockall(MCL_CURRENT | MCL_FUTURE) == 0;
    const int error = errno;
    if (all)
        return;
    if (made == 1) {
        log_note(LOG_LEVEL_WARNING,
                 "keeper: only the memory of the private keys can be locked (%s): the rest may be "
                 "swapped out",
                 strerror(error));
        return;
    }
    log_note(LOG_LEVEL_WARNING,
             "keeper: only %zu of %d KiB for private keys can be locked, and no other memory (%s): "
             "it may be "
             "swapped out",
             lock_pieces() * (PAGE / 1024), SECURE_HEAP / 1024, strerror(error));
}

/* The successor reads the current keys from the files.  Sessions that have seen an older certificate
 * need its key, which may be in no file any longer (law T7). */
static void hand_key(const struct kept_key *kept, uint64_t newest)
{
    static struct hand_key message;
    memset(&message, 0, sizeof message);
    message.head.type = HAND_KEY;
    message.index = kept->index;
    message.last_cell = kept->retired ? kept->last_cell : newest;
    message.length = (uint32_t)key_write(kept->key, message.der, sizeof message.der);
    if (message.length)
        hand_over(&message, sizeof message, -1);
    else
        log_note(LOG_LEVEL_ERROR, "private key %u can't be handed over", kept->index);
    wipe(&message, sizeof message);
}

static void hand_keys(const struct serving *serving)
{
    const struct keyring *ring = &((const struct keeper *)serving)->ring;
    const uint64_t newest = newest_cell(serving);
    for (size_t i = 0; i < COUNT(ring->kept); i++) {
        if (ring->kept[i].key)
            hand_key(&ring->kept[i], newest);
    }
}

static const char *adopt_key(struct serving *serving, const void *message)
{
    struct keeper *keeper = (struct keeper *)serving;
    const struct hand_key *from = message;
    EVP_PKEY *key = from->length <= sizeof from->der && from->index < KEYS_MAX
                        ? key_parse(from->der, from->length)
                        : NULL;
    if (!key)
        return "not a private key";
    if (!keyring_adopt(&keeper->ring, from->index, key, from->last_cell))
        log_note(LOG_LEVEL_ERROR, "private key %u has no place", from->index);
    return NULL;
}

static void hand(const struct served_cell *served, void *message)
{
    const struct keeper_cell *cell = (const struct keeper_cell *)served;
    struct hand_keeper *to = message;
    *to = (struct hand_keeper){ .head.type = HAND_KEEPER,
                                .cell = served->number,
                                .refilled_ms = cell->refilled_ms,
                                .allowed = cell->allowed };
}

static const char *take(struct served_cell *served, const void *message)
{
    struct keeper_cell *cell = (struct keeper_cell *)served;
    const struct hand_keeper *from = message;
    if (from->allowed > SIGNATURES_AT_ONCE || from->refilled_ms > now_ms())
        return "more signatures than a session may have";
    cell->allowed = from->allowed;
    cell->refilled_ms = from->refilled_ms;
    return NULL;
}

static const struct serving_kind keeper_kind = {
    .name = "keeper",
    .hand_row = { "HAND_KEEPER", sizeof(struct hand_keeper), 0, ALWAYS, 1 },
    .hand_type = HAND_KEEPER,
    .hand = hand,
    .take = take,
    .more_row = { "HAND_KEY", sizeof(struct hand_key), 0, ALWAYS, 0 },
    .more_type = HAND_KEY,
    .hand_more = hand_keys,
    .take_more = adopt_key,
    .cell_size = sizeof(struct keeper_cell),
    .from_net = from_net,
    .from_net_rows = COUNT(from_net),
    .question_size = sizeof(struct keeper_sign),
    .phase = phase,
    .begin = begin,
    .from_master = from_master,
    .from_master_rows = COUNT(from_master),
    .on_master = on_master,
    .answer = answer_sign,
};

_Noreturn void keeper_run(struct config *config)
{
    static struct keeper keeper;
    log_open(FD_SCRIBE, (enum log_level)config->log_level);
    keeper_begin();
    protect_memory();
    serving_run(&keeper.serving, &keeper_kind, config);
}
