/* run.c - auth: own uid, no capability, empty root.  Reads fixed messages of
 * the master (descriptors of the user files among them), one message a log-in
 * of each NET, with the client's name and password in it, and JAIL's answer.
 * Hashes are computed in children that never saw another user's (hasher.c). */
#include "daemon/auth/auth.h"
#include "daemon/auth/server.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/judge.h"
#include "daemon/ipc/log.h"
#include "daemon/sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 64 };

static const struct border_row from_net[] = { NET_TO_AUTH(BORDER_ROW) };

static const struct border_row from_master[] = { MASTER_TO_AUTH(BORDER_ROW) };

union master_message {
    struct message_head head;
    MASTER_TO_AUTH(BORDER_MEMBER)
};

static void on_cell(struct auth *auth, const struct fm_cell *message, int fd)
{
    struct cell *cell = cell_get(auth, message->cell);
    if (!cell) {
        close(fd); /* its NET sees the end and says that nobody can log in now */
        return;
    }
    cell_take_end(auth, cell, message->end == FM_END_JAIL ? &cell->jail : &cell->net, fd);
}

static void on_address(struct auth *auth, const struct fm_address *message)
{
    const char *wrong = judge_address(message);
    if (wrong)
        die("auth: border violation: the master's message: %s", wrong);
    struct cell *cell = cell_get(auth, message->cell); /* made anew where auth was restarted */
    if (!cell)
        return;
    key_of(&message->peer, &cell->key);
    cell->peer = message->peer;
    cell->has_client = true;
    cell->tls_required = message->listener < auth->config->listener_count &&
                         auth->config->listeners[message->listener].tls_mode == TLS_REQUIRED;
    if (cell->state == CELL_NEW)
        cell->state = CELL_READY;
}

static void on_file(struct auth *auth, const struct fm_file_message *message, int fd)
{
    if (message->which == FM_FILE_USERS) {
        files_take_users(&auth->files, auth->config, message->index, fd);
        login_file_came(auth, message->index);
    } else if (message->which == FM_FILE_GROUPS) {
        files_take_groups(&auth->files, auth->config, fd);
    } else if (message->which == FM_FILE_STATE) {
        bans_take_state(auth, fd);
    } else if (message->which == FM_FILE_BOOT) {
        ledger_book_take_boot(&auth->ledgers, fd);
    } else if (message->which == FM_FILE_QUOTAS) {
        ledger_book_take_file(&auth->ledgers, fd);
    } else {
        close(fd);
    }
}

/* Told of each half that crashed, and at last that both have ended. */
static void on_gone(struct auth *auth, const struct fm_gone *message)
{
    struct cell *cell = cell_find(auth, message->cell);
    if (!cell)
        return;
    if (message->reason == GONE_CRASHED && cell->has_client)
        (void)punish(auth, &cell->peer, FAILURE_BANS_ONLY);
    else if (message->reason == GONE_ENDED || message->reason == GONE_LOGIN_TIMEOUT)
        login_cell_gone(auth, cell);
}

/* A session that logged in at an auth before this one. */
static void on_logged_in(struct auth *auth, const struct fm_logged_in *message)
{
    struct cell *cell = cell_get(auth, message->cell);
    if (!cell || cell->counted || !text_ends(message->name, sizeof message->name) ||
        !text_ends(message->group, sizeof message->group))
        return;
    cell->has_client = true;
    cell->orphan = true;
    auth->orphans++;
    (void)limits_begin(auth, cell, message->name, message->group); /* no memory: it counts as nobody's */
    cell->state = CELL_IN;
}

static void on_admitted(struct auth *auth, const struct fm_admitted *message)
{
    struct cell *cell = cell_find(auth, message->cell);
    if (cell)
        login_admitted(auth, cell);
}

static void on_config(struct auth *auth, const struct message_head *head, int fd)
{
    (void)head;
    struct config *config = config_from_fd(fd);
    close(fd);
    if (!config) {
        log_note(LOG_LEVEL_ERROR, "the new configuration can't be read; the old one stays");
        return;
    }
    free(auth->config);
    auth->config = config;
    log_open(FD_SCRIBE, (enum log_level)config->log_level);
    hashers_limit(&auth->hashers, config->auth_concurrency);
    files_take_config(&auth->files, config);
    bans_judge_anew(auth);
}

static void on_link(struct auth *auth, const struct message_head *head, int fd)
{
    (void)head;
    control_take(auth, fd);
}

static void on_no_groups(struct auth *auth, const struct message_head *head)
{
    (void)head;
    files_take_groups(&auth->files, auth->config, -1);
}

static void on_scribe(const struct auth *auth, const struct message_head *head, int fd)
{
    (void)head;
    if (dup3(fd, FD_SCRIBE, O_CLOEXEC) < 0)
        log_note(LOG_LEVEL_ERROR, "the new scribe's channel is lost: %s", strerror(errno));
    close(fd);
    log_open(FD_SCRIBE, (enum log_level)auth->config->log_level);
}

#define HEAR(name, number, shape, fds, phases, handler)                                                      \
    case name:                                                                                               \
        on_##handler(auth, &message->handler BORDER_FD_##fds(fd));                                           \
        break;

static void on_master_message(struct auth *auth, const union master_message *message, int fd)
{
    switch (message->head.type) {
        MASTER_TO_AUTH(HEAR)
    }
}

/* To its end: what the master said must be known before any cell is served. */
static void drain_master(struct auth *auth)
{
    union master_message message;
    int fd;
    while (auth->master.fd >= 0) {
        const ssize_t n = channel_receive_fd(auth->master.fd, &message, sizeof message, &fd, MSG_DONTWAIT);
        if (n == -EAGAIN || n == -EINTR)
            return;
        if (n < 0 && n != -ECONNRESET)
            die("auth: the master's channel: %s", strerror((int)-n));
        if (n <= 0) {
            end_close(&auth->master);
            login_master_gone(auth);
            memory_end(&auth->memory, &auth->bans, auth->penalties, now_ms());
            ledger_book_end(&auth->ledgers);
            return;
        }
        const enum border_fault fault =
            border_check(from_master, COUNT(from_master), &message, (size_t)n, ALWAYS, fd);
        if (fault != BORDER_FINE)
            die("auth: border violation: the master sent a message %s", border_fault_text(fault));
        on_master_message(auth, &message, fd);
    }
}

static void violated(const struct cell *cell, const char *who, const char *what)
{
    log_cell(cell->number, LOG_LEVEL_ERROR, "border violation: %s to auth: %s", who, what);
}

union net_message {
    struct message_head head;
    NET_TO_AUTH(BORDER_MEMBER)
};

/* A handler for each: do its texts end, and what is done with it. */

static bool login_ends(const struct auth_login *ask)
{
    return text_ends(ask->host, sizeof ask->host) && text_ends(ask->subject, sizeof ask->subject) &&
           text_ends(ask->name, sizeof ask->name) && text_ends(ask->password, sizeof ask->password);
}

static bool nopass_ends(const struct auth_nopass *message)
{
    return text_ends(message->name, sizeof message->name);
}

static void on_login(struct auth *auth, struct cell *cell, const struct auth_login *ask)
{
    login_ask(auth, cell, ask);
}

static void on_nopass(struct auth *auth, struct cell *cell, const struct auth_nopass *message)
{
    (void)message;
    login_nopass(auth, cell);
}

#define ENDS(name, number, shape, fds, phases, handler)                                                      \
    case name:                                                                                               \
        return handler##_ends(&ask->handler);
static bool texts_end(const union net_message *ask)
{
    switch (ask->head.type) {
        NET_TO_AUTH(ENDS)
    default:
        return false;
    }
}

/* What is wrong with NET's message, or NULL. */
static const char *net_fault(const struct cell *cell, const union net_message *ask, size_t n)
{
    const enum border_fault fault = border_check(from_net, COUNT(from_net), ask, n, cell->state, -1);
    if (fault != BORDER_FINE)
        return border_fault_text(fault);
    return texts_end(ask) ? NULL : border_fault_text(BORDER_TEXT);
}

#define DO(name, number, shape, fds, phases, handler)                                                        \
    case name:                                                                                               \
        on_##handler(auth, cell, &ask->handler);                                                             \
        break;
static void do_asked(struct auth *auth, struct cell *cell, const union net_message *ask)
{
    switch (ask->head.type) {
        NET_TO_AUTH(DO)
    }
}

static void serve_net(struct auth *auth, struct cell *cell)
{
    union net_message ask;
    const ssize_t n = channel_receive(cell->net.fd, &ask, sizeof ask, MSG_DONTWAIT);
    if (n == -EAGAIN || n == -EINTR)
        return;
    const char *fault = n > 0            ? net_fault(cell, &ask, (size_t)n)
                        : n == -EMSGSIZE ? border_fault_text(BORDER_SIZE)
                                         : NULL;
    if (fault)
        violated(cell, "NET", fault);
    if (fault || n <= 0)
        login_net_gone(auth, cell);
    else
        do_asked(auth, cell, &ask);
    wipe(&ask, sizeof ask);
}

static void serve_hasher(struct auth *auth, struct hasher *hasher)
{
    struct attempt *attempt;
    enum hash_verdict verdict;
    if (hashers_answer(&auth->hashers, hasher, &attempt, &verdict) && attempt)
        login_verdict(auth, attempt, verdict);
}

static void serve(struct auth *auth, struct end *end)
{
    if (end->fd < 0)
        return; /* closed earlier in this turn */
    switch (end->kind) {
    case END_MASTER:
        break; /* drained in every turn */
    case END_HASH_POOL:
        hashers_pool_ready(&auth->hashers, now_ms());
        break;
    case END_HASHER:
        serve_hasher(auth, end->owner);
        break;
    case END_NET:
        serve_net(auth, end->owner);
        break;
    case END_JAIL:
        (void)hear_jail(auth, end->owner);
        break;
    case END_CONTROL:
        control_serve(auth);
        break;
    }
}

#define CELL_OF(timer_pointer) ((struct cell *)((char *)(timer_pointer)-offsetof(struct cell, timer)))

/* The sooner of two times to wait, of which -1 is never. */
static int sooner(int one, int other)
{
    if (one < 0 || other < 0)
        return one < 0 ? other : one;
    return one < other ? one : other;
}

static int wait_ms(const struct auth *auth)
{
    enum { FORK_AGAIN_MS = 250, TELL_AGAIN_MS = 20 };
    const int64_t now = now_ms();
    int wait = sooner(timer_wait_ms(&auth->timers, now), memory_wait_ms(&auth->memory, now));
    if (hashers_are_missing(&auth->hashers))
        wait = sooner(wait, FORK_AGAIN_MS);
    return bans_are_untold(auth) ? sooner(wait, TELL_AGAIN_MS) : wait;
}

static void turn(struct auth *auth)
{
    struct epoll_event events[EVENTS];
    struct timer *timer;
    const int n = epoll_wait(auth->epoll, events, EVENTS, wait_ms(auth));
    if (n < 0 && errno != EINTR)
        die("auth: epoll_wait: %s", strerror(errno));
    drain_master(auth);
    for (int i = 0; i < n; i++)
        serve(auth, events[i].data.ptr);
    while ((timer = timer_due(&auth->timers, now_ms())) != NULL)
        login_overdue(auth, CELL_OF(timer));
    login_hash_next(auth);
    hashers_refill(&auth->hashers, now_ms());
    bans_tell(auth);
    memory_keep(&auth->memory, &auth->bans, auth->penalties, now_ms());
    cells_sweep(auth);
}

_Noreturn void auth_run(struct config *config, const struct role_ids *ids)
{
    static struct auth auth; /* its tables are too large for a stack */

    log_open(FD_SCRIBE, (enum log_level)config->log_level);
    auth.config = config;
    auth.ids = ids;
    auth.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (auth.epoll < 0)
        die("auth: epoll: %s", strerror(errno));
    hashers_start(&auth.hashers, auth.epoll, config->auth_concurrency); /* before any secret is here */
    sandbox_narrow(ROLE_AUTH);
    auth.master = (struct end){ .kind = END_MASTER, .fd = -1 };
    auth.control = (struct end){ .kind = END_CONTROL, .fd = -1 };
    if (!end_open(&auth.master, auth.epoll, FD_MASTER))
        die("auth: epoll: %s", strerror(errno));
    queue_init(&auth.queue);
    per_user_init(&auth.per_user);
    per_user_init(&auth.per_group);
    files_init(&auth.files, config);
    auth.penalties = penalties_new(PENALTY_ADDRESSES);
    memory_init(&auth.memory);
    ledger_book_init(&auth.ledgers);
    while (auth.master.fd >= 0 || auth.open_ends)
        turn(&auth);
    hashers_stop(&auth.hashers);
    _exit(0);
}
