/* run.c - the keeper: own uid, no capability, empty root, no network.  Holds
 * the TLS private keys in locked memory; reads sign requests of fixed size
 * from each NET, and answers with signatures. */
#include "daemon/keeper/keeper.h"

#include "common/text.h"
#include "daemon/border/channel.h"
#include "daemon/border/from_master.h"
#include "daemon/border/log.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    EVENTS = 64,
    SECURE_HEAP = 256 * 1024,
    SIGNATURES_A_SECOND = 100, /* of one cell: a data connection that can't resume needs one */
    SIGNATURES_AT_ONCE = 200,
};

struct signing_cell {
    uint64_t number;
    int channel; /* -1: at its end, to be freed */
    int64_t refilled_ms;
    uint32_t allowed;
    struct signing_cell *next;
};

struct keeper {
    struct config *config;
    int epoll;
    bool master_gone;
    struct signing_cell *cells;
    EVP_PKEY *keys[KEYS_MAX];
};

enum { ALWAYS = 1 };

static const struct border_row from_net[] = {
    [KEEPER_SIGN_TLS13] = { "sign 1.3", sizeof(struct keeper_sign), 0, ALWAYS, 0 },
    [KEEPER_SIGN_TLS12] = { "sign 1.2", sizeof(struct keeper_sign), 0, ALWAYS, 0 },
};

static const struct border_row from_master[] = {
    [FM_CELL] = { "cell", sizeof(struct fm_cell), 0, ALWAYS, 1 },
    [FM_CONFIG] = { "config", sizeof(struct message_head), 0, ALWAYS, 1 },
    [FM_FILE] = { "file", sizeof(struct fm_file_message), 0, ALWAYS, 1 },
    [FM_SCRIBE] = { "scribe", sizeof(struct message_head), 0, ALWAYS, 1 },
};

static void add_cell(struct keeper *keeper, const struct fm_cell *message, int channel)
{
    struct signing_cell *cell = calloc(1, sizeof *cell);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = cell };
    if (!cell || epoll_ctl(keeper->epoll, EPOLL_CTL_ADD, channel, &event) != 0) {
        log_note(LOG_LEVEL_ERROR, "no room for cell %llu", (unsigned long long)message->cell);
        free(cell);
        close(channel);
        return;
    }
    cell->number = message->cell;
    cell->channel = channel;
    cell->allowed = SIGNATURES_AT_ONCE;
    cell->refilled_ms = now_ms();
    cell->next = keeper->cells;
    keeper->cells = cell;
}

static void end_cell(struct signing_cell *cell)
{
    close(cell->channel);
    cell->channel = -1;
}

/* At the end of a turn: an event of this turn may still have named them. */
static void sweep_cells(struct keeper *keeper)
{
    struct signing_cell **at = &keeper->cells;
    while (*at) {
        struct signing_cell *cell = *at;
        if (cell->channel >= 0) {
            at = &cell->next;
            continue;
        }
        *at = cell->next;
        free(cell);
    }
}

static void take_key(struct keeper *keeper, const struct fm_file_message *message, int fd)
{
    EVP_PKEY *key = NULL;
    if (message->which == FM_FILE_KEY && message->index < KEYS_MAX)
        key = key_read(fd);
    close(fd);
    if (!key) {
        log_note(LOG_LEVEL_ERROR, "private key %u can't be read; the old one stays", message->index);
        return;
    }
    EVP_PKEY_free(keeper->keys[message->index]);
    keeper->keys[message->index] = key;
}

static void new_config(struct keeper *keeper, int fd)
{
    struct config *config = config_from_fd(fd);
    close(fd);
    if (!config)
        return;
    free(keeper->config);
    keeper->config = config;
}

static void on_master_message(struct keeper *keeper, const struct message_head *head, int fd)
{
    switch (head->type) {
    case FM_CELL:
        add_cell(keeper, (const struct fm_cell *)head, fd);
        break;
    case FM_FILE:
        take_key(keeper, (const struct fm_file_message *)head, fd);
        break;
    case FM_CONFIG:
        new_config(keeper, fd);
        break;
    default:
        log_open(fd, (enum log_level)keeper->config->log_level);
        break;
    }
}

static void drain_master(struct keeper *keeper)
{
    union {
        struct message_head head;
        struct fm_cell cell;
        struct fm_file_message file;
    } message;
    int fd;

    while (!keeper->master_gone) {
        const ssize_t n = channel_receive_fd(FD_MASTER, &message, sizeof message, &fd, MSG_DONTWAIT);
        if (n == -EAGAIN || n == -EINTR)
            return;
        if (n <= 0) {
            keeper->master_gone = true;
            (void)epoll_ctl(keeper->epoll, EPOLL_CTL_DEL, FD_MASTER, NULL);
            return;
        }
        if (border_check(from_master, COUNT(from_master), &message, (size_t)n, ALWAYS, fd) != BORDER_FINE)
            die("keeper: the master sent what is not in the table");
        on_master_message(keeper, &message.head, fd);
    }
}

static bool within_rate(struct signing_cell *cell)
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

static void answer(struct keeper *keeper, struct signing_cell *cell, const struct keeper_sign *ask,
                   const unsigned char *text, size_t length)
{
    struct keeper_answer reply;
    memset(&reply, 0, sizeof reply);
    reply.head = ask->head;
    if (!within_rate(cell)) {
        reply.error = EAGAIN;
    } else if (ask->key >= KEYS_MAX || !keeper->keys[ask->key]) {
        reply.error = ENOENT;
    } else {
        reply.length = (uint32_t)sign(keeper->keys[ask->key], ask->scheme, text, length, reply.signature);
        reply.error = reply.length ? 0 : EINVAL;
    }
    if (channel_send(cell->channel, &reply, sizeof reply, MSG_DONTWAIT) != 0)
        end_cell(cell);
}

static void serve(struct keeper *keeper, struct signing_cell *cell)
{
    unsigned char text[64 + 64 + KEEPER_TEXT_ROOM];
    struct keeper_sign ask;
    const ssize_t n = channel_receive(cell->channel, &ask, sizeof ask, MSG_DONTWAIT);
    if (n == -EAGAIN || n == -EINTR)
        return;
    if (n <= 0) {
        end_cell(cell);
        return;
    }
    const enum border_fault fault = border_check(from_net, COUNT(from_net), &ask, (size_t)n, ALWAYS, -1);
    const size_t length = fault == BORDER_FINE ? signed_text(&ask, text, sizeof text) : 0;
    if (!length) {
        log_cell(cell->number, LOG_LEVEL_ERROR, "border violation: NET to keeper: %s",
                 fault == BORDER_FINE ? "not a handshake's text" : border_fault_text(fault));
        end_cell(cell);
        return;
    }
    answer(keeper, cell, &ask, text, length);
}

/* Neither swapped nor dumped (a core dump is off: dumpable and RLIMIT_CORE). */
static void protect_memory(void)
{
    if (CRYPTO_secure_malloc_init(SECURE_HEAP, 16) != 1)
        die("keeper: no secure heap, or it can't be locked");
    if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0) { /* a container's limit: the keys' own heap is locked all the same */
        log_note(LOG_LEVEL_WARNING, "keeper: only the keys' own heap can be locked: %s", strerror(errno));
        (void)munlockall();
    }
}

static void turn(struct keeper *keeper)
{
    struct epoll_event events[EVENTS];
    const int n = epoll_wait(keeper->epoll, events, EVENTS, -1);
    if (n < 0 && errno != EINTR)
        die("keeper: epoll_wait: %s", strerror(errno));
    drain_master(keeper);
    for (int i = 0; i < n; i++) {
        struct signing_cell *cell = events[i].data.ptr; /* NULL: the master's channel */
        if (cell && cell->channel >= 0)
            serve(keeper, cell);
    }
    sweep_cells(keeper);
}

_Noreturn void keeper_run(struct config *config)
{
    struct keeper keeper = { .config = config };
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };

    log_open(FD_SCRIBE, (enum log_level)config->log_level);
    protect_memory();
    keeper.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (keeper.epoll < 0 || epoll_ctl(keeper.epoll, EPOLL_CTL_ADD, FD_MASTER, &event) != 0)
        die("keeper: epoll: %s", strerror(errno));
    while (!keeper.master_gone || keeper.cells)
        turn(&keeper);
    _exit(0);
}
