/* shared.c - runs in the master: auth, dialer, keeper and scribe, one process each.
 * One that dies is started again and told what it must know; the sessions
 * that run go on (invariant I6). */
#include "daemon/master/master.h"

#include "common/addr.h"
#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/judge.h"
#include "daemon/ipc/log.h"
#include "daemon/master/filters.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    TELL_MS = 5000,  /* one that reads nothing for so long is hung, and not only waiting for a processor */
    QUICK_MS = 5000, /* one that lives shorter has died quickly */
    RESTART_MOST_MS = 5000,
    AGAIN_MS = 1000, /* where no process can be forked */
    STOP_MS = 3000,
    LAST_WORDS = 4,
};

static const enum role role_of[SHARED_ROLES] = {
    [SHARED_AUTH] = ROLE_AUTH_BEFORE, [SHARED_DIALER] = ROLE_DIALER,   [SHARED_KEEPER] = ROLE_KEEPER,
    [SHARED_SCRIBE] = ROLE_SCRIBE,    [SHARED_CONTROL] = ROLE_CONTROL,
};

/* In the order in which they start: who logs needs the scribe. */
static const enum shared_role started[] = { SHARED_SCRIBE, SHARED_AUTH, SHARED_DIALER, SHARED_KEEPER,
                                            SHARED_CONTROL };

static int send_once(int channel, const void *message, size_t size, int fd)
{
    return fd < 0 ? channel_send(channel, message, size, MSG_DONTWAIT)
                  : channel_send_fd(channel, message, size, fd, MSG_DONTWAIT);
}

/* 0, or why it was not told; -EAGAIN: it has read nothing for TELL_MS. */
static int tell(const struct shared *shared, const void *message, size_t size, int fd)
{
    struct pollfd room = { .fd = shared->channel, .events = POLLOUT };
    if (shared->channel < 0)
        return 0; /* it is being restarted, and told everything then */
    const int error = send_once(shared->channel, message, size, fd);
    if (error == -EAGAIN && poll(&room, 1, TELL_MS) == 1)
        return send_once(shared->channel, message, size, fd);
    return error;
}

static void replace(struct shared *shared, int error)
{
    log_note(LOG_LEVEL_ERROR, "%s takes no messages (%s); it is replaced", roles[role_of[shared->role]].name,
             strerror(-error));
    child_kill(&shared->child);
}

void shared_tell(struct master *master, enum shared_role role, const void *message, size_t size, int fd)
{
    struct shared *shared = &master->shared[role];
    const int error = tell(shared, message, size, fd);
    if (error == -EAGAIN || error == -ETOOMANYREFS)
        replace(shared, error);
}

bool shared_offer(struct master *master, enum shared_role role, const void *message, size_t size, int fd)
{
    struct shared *shared = &master->shared[role];
    const int error = tell(shared, message, size, fd);
    if (error == -EAGAIN)
        replace(shared, error);
    if (error == -ETOOMANYREFS || error == -ENOBUFS || error == -ENOMEM) {
        shortage_met(master, "a session's channel can't be handed over", -error);
        return false;
    }
    return true;
}

static struct cell *cell_of_login(struct master *master, const struct tm_logged_in *message)
{
    struct cell *cell = busy_cell(master, message->cell);
    return cell && !cell->logged_in ? cell : NULL;
}

static void on_logged_in(struct master *master, const struct tm_logged_in *message)
{
    struct cell *cell = cell_of_login(master, message);
    struct fm_user user;
    if (!cell)
        return; /* its cell ended meanwhile */
    memcpy(cell->user, message->name, sizeof cell->user);
    memcpy(cell->group, message->group, sizeof cell->group);
    memset(&user, 0, sizeof user);
    user.head.type = FM_USER;
    user.cell = cell->number;
    memcpy(user.name, message->name, sizeof user.name);
    shared_tell(master, SHARED_SCRIBE, &user, sizeof user, -1);
    cell_admit(master, cell);
}

static void on_ban(struct master *master, const struct tm_ban *message)
{
    struct address_entry *entry = message->bits == ADDR_NETWORK_BITS
                                      ? address_find_network(master->addresses, &message->address)
                                      : address_find(master->addresses, &message->address);
    const int64_t now = now_ms();
    if (!entry)
        return;
    address_ban(entry, message->seconds ? now + (int64_t)message->seconds * 1000 : 0);
    if (message->seconds)
        cells_end_banned(master, entry);
    address_drop_if_idle(master->addresses, entry, now);
}

enum {
    FROM_AUTH = 1 << SHARED_AUTH,
    FROM_SCRIBE = 1 << SHARED_SCRIBE,
    FROM_CONTROL = 1 << SHARED_CONTROL,
    FROM_KEEPER = 1 << SHARED_KEEPER
};

static const struct border_row to_master[] = { TO_MASTER(BORDER_ROW) };

union shared_message {
    struct message_head head;
    TO_MASTER(BORDER_MEMBER)
};

static void on_users_changed(struct master *master, const struct message_head *head)
{
    (void)head;
    files_give_users(master);
}

static void on_reopen(struct master *master, const struct message_head *head)
{
    (void)head;
    files_give_logs(master);
}

static void on_state_bad(struct master *master, const struct message_head *head)
{
    (void)head;
    state_put_aside(master);
}

static void on_refused(struct master *master, const struct tm_refused *message)
{
    master->shared[SHARED_SCRIBE].refused_call = (int)message->call;
}

static void on_control(struct master *master, const struct control_ask *ask)
{
    admin_obey(master, ask);
}

static void on_key(struct master *master, const struct tm_key *key)
{
    keys_heard(master, key);
}

/* NULL, or what is wrong with it beyond its row. */
#define JUDGE(name, number, shape, fds, phases, handler, judge)                                              \
    case name:                                                                                               \
        return judge_##judge(&message->handler);

static const char *fault_in(const union shared_message *message)
{
    switch (message->head.type) {
        TO_MASTER(JUDGE)
    default:
        return border_fault_text(BORDER_TYPE);
    }
}

#define OBEY(name, number, shape, fds, phases, handler, judge)                                               \
    case name:                                                                                               \
        on_##handler(master, &message->handler);                                                             \
        break;

static void obey(struct master *master, const union shared_message *message)
{
    switch (message->head.type) {
        TO_MASTER(OBEY)
    }
}

static void on_message(struct master *master, struct watch *watch)
{
    struct shared *shared = (struct shared *)((char *)watch - offsetof(struct shared, from));
    union shared_message message;
    const char *name = roles[role_of[shared->role]].name;
    const ssize_t n = channel_receive(shared->channel, &message, sizeof message, MSG_DONTWAIT);

    if (n == -EAGAIN || n == -EINTR)
        return;
    if (n > 0) {
        const enum border_fault fault =
            border_check(to_master, COUNT(to_master), &message, (size_t)n, 1U << shared->role, -1);
        const char *wrong = fault == BORDER_FINE ? fault_in(&message) : border_fault_text(fault);
        if (!wrong) {
            obey(master, &message);
            return;
        }
        log_note(LOG_LEVEL_ERROR, "border violation: %s to master: %s; it is replaced", name, wrong);
    }
    master_unwatch(master, shared->channel);
    child_kill(&shared->child);
}

bool shared_await(struct master *master, enum shared_role role, int64_t until)
{
    struct shared *shared = &master->shared[role];
    struct pollfd news[] = { { .fd = shared->channel, .events = POLLIN },
                             { .fd = shared->child.pidfd, .events = POLLIN } };
    const int64_t left = until - now_ms();
    if (shared->channel < 0 || left <= 0 || (poll(news, COUNT(news), (int)left) < 0 && errno != EINTR))
        return false;
    if (news[0].revents)
        on_message(master, &shared->from);
    return news[1].revents == 0;
}

/* The scribe gets its end of a process' channel, and closes ours of it. */
static void tell_scribe(struct master *master, uint32_t end, pid_t pid, int fd)
{
    const struct fm_cell message = { .head.type = FM_CELL, .end = end, .pid = pid };
    if (fd < 0)
        return;
    shared_tell(master, SHARED_SCRIBE, &message, sizeof message, fd);
    close(fd);
}

/* A new channel to the scribe; both ends -1 where none can be had. */
static void scribe_pair(struct master *master, int ends[2])
{
    const int error = channel_pair(ends, 0);
    if (!error)
        return;
    shortage_met(master, "no channel to the scribe", -error);
    ends[0] = ends[1] = -1;
}

static void open_own_log(struct master *master)
{
    int ends[2];
    scribe_pair(master, ends);
    tell_scribe(master, FM_END_MASTER, getpid(), ends[1]);
    log_open(ends[0], (enum log_level)master->config->log_level);
    if (master->own_scribe >= 0)
        close(master->own_scribe);
    master->own_scribe = ends[0];
}

bool spawn_with_channel(struct master *master, enum role role, uint32_t end, struct child *child,
                        int *channel)
{
    int fds[FD_PLACES], ends[2], log[2] = { -1, -1 };
    memset(fds, -1, sizeof fds);
    const int error = channel_pair(ends, 0);
    if (error) {
        shortage_met(master, "no channel to a new process", -error);
        return false;
    }
    const bool is_zygote = role == ROLE_NET_ZYGOTE || role == ROLE_JAIL_ZYGOTE;
    fds[is_zygote ? FD_ZYGOTE : FD_MASTER] = ends[0];
    if (role != ROLE_SCRIBE)
        scribe_pair(master, log);
    fds[is_zygote ? FD_ZYGOTE_SCRIBE : FD_SCRIBE] = log[0];
    const bool fine = (log[0] >= 0 || role == ROLE_SCRIBE) && spawn_role(master, role, fds, child);
    close(ends[0]);
    if (log[0] >= 0)
        close(log[0]);
    tell_scribe(master, end, child->pid, log[1]);
    if (!fine) {
        close(ends[1]);
        return false;
    }
    *channel = ends[1];
    return true;
}

static bool spawn_shared(struct master *master, struct shared *shared)
{
    if (!spawn_with_channel(master, role_of[shared->role], FM_END_SHARED + shared->role, &shared->child,
                            &shared->channel))
        return false;
    if (!master_watch(master, shared->channel, &shared->from))
        child_kill(&shared->child); /* it could never be heard: its end starts another */
    return true;
}

static bool start(struct master *master, struct shared *shared)
{
    shared->started_ms = now_ms();
    shared->restart_at_ms = 0;
    if (!spawn_shared(master, shared)) {
        shared->restart_at_ms = shared->started_ms + AGAIN_MS;
        return false;
    }
    switch (shared->role) {
    case SHARED_SCRIBE:
        files_give_logs(master);
        open_own_log(master);
        files_tell_of_lost_log(master);
        break;
    case SHARED_AUTH:
        state_give(master);
        files_give_users(master);
        admin_link(master); /* where control lives already */
        break;
    case SHARED_KEEPER:
        keys_give(master);
        break;
    case SHARED_CONTROL:
        admin_give(master);
        break;
    default:
        break;
    }
    return true;
}

/* The others log over new ends from now on. */
static void renew_scribe_ends(struct master *master)
{
    const struct message_head message = { .type = FM_SCRIBE };
    for (size_t i = 0; i < COUNT(started); i++) {
        if (started[i] == SHARED_SCRIBE)
            continue;
        int ends[2];
        scribe_pair(master, ends);
        if (ends[0] < 0)
            continue;
        tell_scribe(master, FM_END_SHARED + started[i], master->shared[started[i]].child.pid, ends[1]);
        shared_tell(master, started[i], &message, sizeof message, ends[0]);
        close(ends[0]);
    }
}

static const char *signal_name(int number)
{
    return number == SIGSYS ? "SIGSYS: a system call that it may not make" : strsignal(number);
}

/* Why, as far as it is known: of the scribe's own end nobody else can tell (law M5). */
static void report_end(struct shared *shared)
{
    const char *name = roles[role_of[shared->role]].name;
    const int status = shared->ended_with;
    const int call = shared->refused_call;
    shared->untold = false;
    shared->refused_call = -1;
    if (call >= 0)
        log_note(LOG_LEVEL_ERROR, "the filter of %s refused system call %d (%s)", name, call,
                 filter_call_name(call));
    if (WIFSIGNALED(status))
        log_note(LOG_LEVEL_ERROR, "%s was ended by signal %d (%s); it is started again", name,
                 WTERMSIG(status), signal_name(WTERMSIG(status)));
    else
        log_note(LOG_LEVEL_ERROR, "%s has ended with exit code %d; it is started again", name,
                 WEXITSTATUS(status));
}

static void ended(struct master *master, struct watch *watch)
{
    struct shared *shared = (struct shared *)watch;
    for (int i = 0; i < LAST_WORDS && shared->role == SHARED_SCRIBE && shared->channel >= 0; i++)
        on_message(master, &shared->from); /* what it refused may still be unread */
    const int status = child_reap(master, &shared->child);
    const int64_t now = now_ms();
    if (status < 0)
        return;
    master_unwatch(master, shared->channel);
    close(shared->channel);
    shared->channel = -1;
    if (master->stopping != RUNNING && !master->busy.count && !master->ending.count)
        return;
    shared->quick_deaths = now - shared->started_ms < QUICK_MS ? shared->quick_deaths + 1 : 0;
    const int64_t pause =
        shared->quick_deaths > 1 ? 100LL << (shared->quick_deaths < 6 ? shared->quick_deaths : 6) : 0;
    shared->restart_at_ms = now + (pause < RESTART_MOST_MS ? pause : RESTART_MOST_MS);
    shared->ended_with = status;
    shared->untold = true;
    if (shared->role != SHARED_SCRIBE) /* its end is told when there is one to tell it to */
        report_end(shared);
    shared_tick(master, now);
}

void shared_tick(struct master *master, int64_t now)
{
    for (size_t i = 0; i < COUNT(started); i++) {
        struct shared *shared = &master->shared[started[i]];
        if (!shared->restart_at_ms || now < shared->restart_at_ms || !start(master, shared))
            continue;
        if (shared->role == SHARED_SCRIBE)
            renew_scribe_ends(master);
        if (shared->role == SHARED_SCRIBE)
            zygotes_renew(master);
        if (shared->untold)
            report_end(shared);
        if (shared->role != SHARED_CONTROL) /* no cell knows of it */
            cells_after_restart(master, shared->role);
    }
}

bool shared_start_all(struct master *master)
{
    for (size_t i = 0; i < SHARED_ROLES; i++) {
        struct shared *shared = &master->shared[i];
        shared->role = (enum shared_role)i;
        shared->child.pidfd = shared->channel = shared->refused_call = -1;
        shared->child.watch.ready = ended;
        shared->from.ready = on_message;
    }
    for (size_t i = 0; i < COUNT(started); i++) {
        if (!start(master, &master->shared[started[i]]))
            return false;
    }
    return true;
}

bool shared_running(const struct master *master)
{
    for (size_t i = 0; i < COUNT(started); i++) {
        if (master->shared[started[i]].child.pid)
            return true;
    }
    return false;
}

static bool wait_for(struct shared *shared, int64_t until)
{
    struct pollfd end = { .fd = shared->child.pidfd, .events = POLLIN };
    const int64_t left = until - now_ms();
    return poll(&end, 1, left > 0 ? (int)left : 0) == 1;
}

/* The end of file on its channel ends each; the scribe last, as the others may have something to say. */
void shared_stop_all(struct master *master)
{
    const int64_t until = now_ms() + STOP_MS;
    log_open(-1, (enum log_level)master->config->log_level);
    if (master->own_scribe >= 0)
        close(master->own_scribe);
    master->own_scribe = -1;
    for (size_t i = COUNT(started); i-- > 0;) {
        struct shared *shared = &master->shared[started[i]];
        if (!shared->child.pid)
            continue;
        close(shared->channel);
        shared->channel = -1;
        if (!wait_for(shared, until))
            child_kill(&shared->child);
        (void)wait_for(shared, now_ms() + STOP_MS);
        (void)child_reap(master, &shared->child);
    }
}
