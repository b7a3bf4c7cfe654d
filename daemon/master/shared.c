/* SPDX-License-Identifier: BSD-2-Clause */
/* shared.c - runs in the master: starts auth, dialer, keeper, scribe, control, events
 * and metrics, receives their messages, and starts again the one that ends; running sessions
 * go on (invariant I6). */
#include "daemon/master/shared.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/validate.h"
#include "daemon/ipc/log.h"
#include "daemon/master/filters.h"
#include "daemon/master/master.h"
#include "daemon/master/scribe_ends.h"
#include "daemon/master/shared_state.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    QUICK_MS = 5000, /* one that lives shorter has died quickly */
    RESTART_MAX_MS = 5000,
    RETRY_MS = 1000, /* where no process can be forked */
    STOP_MS = 3000,
    UNREAD_MAX = 4, /* messages of a scribe that has ended */
    SAY_MS = 5000,  /* for a process to read its messages */
};

/* The phases of TO_MASTER: who sends. */
enum {
    FROM_AUTH = 1 << SHARED_AUTH,
    FROM_SCRIBE = 1 << SHARED_SCRIBE,
    FROM_CONTROL = 1 << SHARED_CONTROL,
    FROM_KEEPER = 1 << SHARED_KEEPER,
    FROM_RESOLVER = 1 << SHARED_RESOLVER,
    FROM_GREETER = 1 << SHARED_GREETER,
    FROM_METRICS = 1 << SHARED_METRICS,
    FROM_ANY = (1 << SHARED_ROLES) - 1,
};

static const struct border_row to_master[] = { TO_MASTER(BORDER_ROW) };

union shared_message {
    struct message_head head;
    TO_MASTER(BORDER_MEMBER)
};

/* NULL, or what is wrong with it beyond what its row says. */
#define JUDGE(name, number, shape, fds, phases, handler, judge)                                    \
    case name:                                                                                     \
        return validate_##judge(&message->handler);

static const char *fault_in(const union shared_message *message)
{
    switch (message->head.type) {
        TO_MASTER(JUDGE)
    default:
        return border_fault_text(BORDER_TYPE);
    }
}

/* NULL, or what is wrong with a message of n bytes. */
static const char *violation_in(const struct shared *shared, const union shared_message *message,
                                size_t n)
{
    const enum border_fault fault =
        border_check(to_master, COUNT(to_master), message, n, 1U << shared->role, 0);
    return fault == BORDER_FINE ? fault_in(message) : border_fault_text(fault);
}

/* False: there was none. */
static bool receive_one(struct master *master, struct shared *shared)
{
    union shared_message message;
    const ssize_t n = channel_receive(shared->channel, &message, sizeof message, MSG_DONTWAIT);
    if (n == -EAGAIN || n == -EINTR)
        return false;
    if (n > 0) {
        const char *wrong = violation_in(shared, &message, (size_t)n);
        if (!wrong) {
            shared->finished = shared->finished || message.head.type == TM_FINISHED;
            master->shared->events->received(master, &message.head);
            return true;
        }
        log_note(LOG_LEVEL_ERROR, "border violation: %s to master: %s; it is replaced",
                 shared_name(shared->role), wrong);
    }
    watch_remove(master, shared->channel);
    child_kill(&shared->child);
    return false;
}

static void receive_message(struct master *master, struct watch *watch)
{
    (void)receive_one(master, WATCH_OWNER(struct shared, incoming, watch));
}

bool shared_await(struct master *master, enum shared_role role, int64_t until)
{
    struct shared *shared = &master->shared->each[role];
    struct pollfd ready[] = { { .fd = shared->channel, .events = POLLIN },
                              { .fd = shared->child.pidfd, .events = POLLIN } };
    const int64_t left = until - now_ms();
    if (shared->channel < 0 || left <= 0 ||
        (poll(ready, COUNT(ready), (int)left) < 0 && errno != EINTR))
        return false;
    if (ready[0].revents)
        receive_message(master, &shared->incoming);
    return ready[1].revents == 0;
}

void shared_note_refused_call(struct master *master, uint32_t call)
{
    master->shared->each[SHARED_SCRIBE].refused_call = (int)call;
}

static bool shared_spawn(struct master *master, struct shared *shared)
{
    if (!spawn_shared(master, shared_first_role(shared->role), FM_END_SHARED + shared->role,
                      &shared->child, &shared->channel, &shared->next))
        return false;
    shared->finished = false;
    /* its end starts another */
    if (!watch_add(master, shared->channel, &shared->incoming))
        child_kill(&shared->child);
    return true;
}

static bool shared_start(struct master *master, struct shared *shared)
{
    shared->started_ms = now_ms();
    shared->restart_at_ms = 0;
    shared->retired = false;
    if (!shared_spawn(master, shared)) {
        shared->restart_at_ms = shared->started_ms + RETRY_MS;
        return false;
    }
    master->shared->events->started(master, shared->role);
    return true;
}

static const char *signal_name(int number)
{
    return number == SIGSYS ? "SIGSYS: a system call that its filter refuses" : strsignal(number);
}

/* With its cause, as far as it is known (law M5). */
static void log_end(struct shared *shared)
{
    const char *name = shared_name(shared->role);
    const int status = shared->wait_status;
    const int call = shared->refused_call;
    shared->end_unlogged = false;
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

/* The account of one that the configuration asks for since a reload may have been made since the
 * start. */
static bool is_wanted(const struct master *master, const struct shared *shared)
{
    const enum role role = shared_first_role(shared->role);
    return roles_wanted(master->config, role) && master->ids.uid[role] != 0;
}

/* The pause before the next start: longer each time they die quickly. */
static int64_t restart_pause(const struct shared *shared)
{
    const uint32_t doublings = shared->quick_deaths < 6 ? shared->quick_deaths : 6;
    const int64_t pause = shared->quick_deaths > 1 ? 100LL << doublings : 0;
    return pause < RESTART_MAX_MS ? pause : RESTART_MAX_MS;
}

static void close_channels(struct master *master, struct shared *shared)
{
    if (shared->channel >= 0) {
        watch_remove(master, shared->channel);
        close(shared->channel);
    }
    if (shared->next >= 0)
        close(shared->next);
    shared->channel = shared->next = -1;
}

static void shared_ended(struct master *master, struct watch *watch)
{
    struct shared *shared = WATCH_OWNER(struct shared, child.watch, watch);
    for (int i = 0; i < UNREAD_MAX && shared->role == SHARED_SCRIBE && shared->channel >= 0; i++)
        receive_message(master, &shared->incoming); /* TM_REFUSED may be unread */
    const int status = child_reap(master, &shared->child);
    const int64_t now = now_ms();
    if (status < 0)
        return;
    close_channels(master, shared);
    if (shared->retired) {
        shared->retired = false;
        if (is_wanted(master, shared)) /* again */
            (void)shared_start(master, shared);
        return;
    }
    shared->quick_deaths = now - shared->started_ms < QUICK_MS ? shared->quick_deaths + 1 : 0;
    shared->restart_at_ms = now + restart_pause(shared);
    shared->wait_status = status;
    shared->end_unlogged = true;
    if (shared->role != SHARED_SCRIBE) /* the scribe's end is logged by its successor */
        log_end(shared);
    shared_tick(master, now);
}

void shared_tick(struct master *master, int64_t now)
{
    for (size_t i = 0; i < SHARED_ROLES; i++) {
        struct shared *shared = &master->shared->each[shared_order[i]];
        if (!shared->restart_at_ms || now < shared->restart_at_ms || !shared_start(master, shared))
            continue;
        if (shared->role == SHARED_SCRIBE)
            scribe_ends_renew(master);
        if (shared->end_unlogged)
            log_end(shared);
        master->shared->events->restarted(master, shared->role);
    }
}

/* It has handed over.  What it sent before is still read. */
static void leaving_ended(struct master *master, struct watch *watch)
{
    struct shared *leaving = WATCH_OWNER(struct shared, child.watch, watch);
    while (leaving->channel >= 0 && receive_one(master, leaving))
        ;
    const int status = child_reap(master, &leaving->child);
    if (status < 0)
        return;
    if (status != 0 && leaving->channel >= 0)
        log_note(LOG_LEVEL_ERROR, "%s has not handed over everything (wait status %d)",
                 shared_name(leaving->role), status);
    close_channels(master, leaving);
    master->shared->events->left(master);
}

/* Epoll has pointers to the watches: each place keeps its own. */
static void move(struct master *master, struct shared *from, struct shared *to)
{
    const struct child no_child = { .watch = from->child.watch, .pidfd = -1 };
    const struct watch ended = to->child.watch;
    watch_remove(master, from->channel);
    watch_remove(master, from->child.pidfd);
    *to = *from;
    to->child.watch = ended;
    from->child = no_child;
    from->channel = from->next = -1;
    /* where it can't be watched: its time limit ends it (renewal.c) */
    (void)watch_add(master, to->channel, &to->incoming);
    (void)watch_add(master, to->child.pidfd, &to->child.watch);
}

static void say(const struct shared *shared, uint32_t type, int fd)
{
    const struct message_head message = { .type = type };
    struct pollfd room = { .fd = shared->channel, .events = POLLOUT };
    if (poll(&room, 1, SAY_MS) != 1 ||
        channel_send_fd(shared->channel, &message, sizeof message, fd, MSG_DONTWAIT) != 0)
        child_kill(&shared->child); /* its end starts another, which knows nothing */
}

bool shared_succeed(struct master *master, enum shared_role role)
{
    struct shared *shared = &master->shared->each[role];
    struct shared *leaving = &master->shared->leaving[role];
    move(master, shared, leaving);
    if (!shared_spawn(master, shared)) {
        move(master, leaving, shared);
        return false;
    }
    shared->started_ms = now_ms();
    master->shared->events->succeeds(master, role);
    say(leaving, FM_LEAVE, -1);
    say(shared, FM_PREDECESSOR, leaving->next);
    close(leaving->next);
    leaving->next = -1;
    master->shared->events->succeeded(master, role);
    return true;
}

/* The end of file ends it. */
bool shared_replace(struct master *master, enum shared_role role)
{
    struct shared *shared = &master->shared->each[role];
    struct shared *leaving = &master->shared->leaving[role];
    move(master, shared, leaving);
    close_channels(master, leaving);
    return shared_start(master, shared);
}

bool shared_has_left(const struct master *master, enum shared_role role)
{
    return !master->shared->leaving[role].child.pid;
}

static void init(struct shared *shared, size_t role, void (*ended)(struct master *, struct watch *))
{
    shared->role = (enum shared_role)role;
    shared->child.pidfd = shared->channel = shared->next = shared->refused_call = -1;
    shared->child.watch.ready = ended;
    shared->incoming.ready = receive_message;
}

struct shared_processes *shared_new(const struct shared_events *events)
{
    struct shared_processes *all = calloc(1, sizeof *all);
    if (!all)
        return NULL;
    all->events = events;
    all->own_scribe_end = -1;
    for (size_t i = 0; i < SHARED_ROLES; i++) {
        init(&all->each[i], i, shared_ended);
        init(&all->leaving[i], i, leaving_ended);
    }
    return all;
}

bool shared_runs(const struct master *master, enum shared_role role)
{
    return master->shared->each[role].channel >= 0;
}

bool shared_start_all(struct master *master)
{
    for (size_t i = 0; i < SHARED_ROLES; i++) {
        struct shared *shared = &master->shared->each[shared_order[i]];
        if (is_wanted(master, shared) && !shared_start(master, shared))
            return false;
    }
    return true;
}

static void retire(struct master *master, struct shared *shared)
{
    shared->restart_at_ms = 0;
    shared->retired = shared->child.pid != 0;
    if (shared->role == SHARED_EVENTS) /* its readers get the rest */
        close_channels(master, shared);
    else if (shared->retired)
        child_kill(&shared->child);
}

void shared_follow_config(struct master *master)
{
    for (size_t i = 0; i < SHARED_ROLES; i++) {
        struct shared *shared = &master->shared->each[shared_order[i]];
        const bool wanted = is_wanted(master, shared);
        if (wanted && !shared->child.pid && !shared->restart_at_ms)
            (void)shared_start(master, shared);
        if (!wanted)
            retire(master, shared);
    }
}

bool shared_have(const struct master *master, pid_t pid)
{
    for (size_t i = 0; i < SHARED_ROLES; i++) {
        if (master->shared->each[i].child.pid == pid || master->shared->leaving[i].child.pid == pid)
            return true;
    }
    return false;
}

/* The end of file on its channel ends it. */
static void shared_stop(struct master *master, struct shared *shared, int64_t until)
{
    if (!shared->child.pid)
        return;
    close_channels(master, shared);
    if (!child_await_end(&shared->child, until - now_ms()))
        child_kill(&shared->child);
    (void)child_await_end(&shared->child, STOP_MS);
    (void)child_reap(master, &shared->child);
}

/* The scribe after those that may still log.  Events ends after the scribe, whose last events it
 * passes on; it gives up its own log before. */
void shared_stop_all(struct master *master)
{
    const int64_t until = now_ms() + STOP_MS;
    scribe_ends_close_own(master);
    for (size_t i = 0; i < SHARED_ROLES; i++)
        shared_stop(master, &master->shared->leaving[i], until);
    close_channels(master, &master->shared->each[SHARED_EVENTS]);
    for (size_t i = SHARED_ROLES; i-- > 0;) {
        if (shared_order[i] != SHARED_EVENTS)
            shared_stop(master, &master->shared->each[shared_order[i]], until);
    }
    shared_stop(master, &master->shared->each[SHARED_EVENTS], until);
}
