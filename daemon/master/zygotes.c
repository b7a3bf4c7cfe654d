/* SPDX-License-Identifier: BSD-2-Clause */
/* zygotes.c - runs in the master: the two processes that fork the halves of
 * cells, one for NETs and one for JAILs.  One that ends is started again. */
#include "daemon/master/zygotes.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/master/child.h"
#include "daemon/master/master.h"
#include "daemon/master/scribe_ends.h"
#include "daemon/master/shortage.h"
#include "daemon/protocol/from_master.h"
#include "daemon/protocol/zygote.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    ANSWER_MS = 5000,
    RETRY_MS = 200,
    END_MS = 1000,
    SOON_MS = 1000,
};

struct zygote {
    struct child child;
    enum half half;
    struct watch incoming; /* its channel is readable */
    int channel;           /* -1: none */
    uint32_t unanswered;   /* questions */
    int64_t started_ms;
    int64_t restart_at_ms; /* 0: it runs */
};

struct zygotes {
    struct zygote each[HALVES];
    const struct zygote_events *events;
    int64_t lost_ms; /* when one ended last; 0: none has */
};

static const enum role role_of[HALVES] = {
    [HALF_NET] = ROLE_NET_ZYGOTE, [HALF_JAIL] = ROLE_JAIL_ZYGOTE
};

static const char *name_of(const struct zygote *zygote)
{
    return zygote->half == HALF_NET ? "the zygote of ward-net" : "the zygote of ward-jail";
}

/* Takes no more answers of it.  A child that it still forks ends by the end of
 * file on its channels. */
static void hang_up(struct master *master, struct zygote *zygote)
{
    if (zygote->channel < 0)
        return;
    watch_remove(master, zygote->channel);
    close(zygote->channel);
    zygote->channel = -1;
    zygote->unanswered = 0;
    master->zygotes->lost_ms = now_ms();
    master->zygotes->events->lost(master, zygote->half);
}

bool zygote_ask(struct master *master, enum half half, uint64_t cell, const int channels[],
                size_t count)
{
    struct zygote *zygote = &master->zygotes->each[half];
    const struct zygote_ask ask = { .head.type = ZYGOTE_FORK, .cell = cell };
    if (zygote->channel < 0)
        return false;
    const int error =
        channel_send_fds(zygote->channel, &ask, sizeof ask, channels, count, MSG_DONTWAIT);
    /* else the loop is about to see its end */
    if (error && error != -EPIPE && error != -ECONNRESET)
        shortage_met(master, "cannot pass on a session's channels", -error);
    zygote->unanswered += error == 0;
    return error == 0;
}

/* The zygote only names a pid; the kernel says whether it is our child. */
static bool is_our_child(pid_t pid)
{
    siginfo_t unused;
    return waitid(P_PID, (id_t)pid, &unused, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* False: it violates the border. */
static bool handle_answer(struct master *master, const struct zygote *zygote,
                          const struct zygote_answer *answer)
{
    if (answer->head.type != ZYGOTE_FORK || (answer->error == 0) != (answer->pid > 0) ||
        (answer->pid > 0 && !is_our_child(answer->pid)))
        return false;
    if (answer->error)
        shortage_met(master, "cannot fork a process", (int)answer->error);
    master->zygotes->events->forked(master, answer->cell, zygote->half, answer->pid);
    return true;
}

static void receive_answers(struct master *master, struct watch *watch)
{
    struct zygote *zygote = WATCH_OWNER(struct zygote, incoming, watch);
    struct zygote_answer answer;
    while (zygote->channel >= 0) {
        const ssize_t n = channel_receive(zygote->channel, &answer, sizeof answer, MSG_DONTWAIT);
        if (n == -EAGAIN || n == -EINTR)
            return;
        if (n == (ssize_t)sizeof answer && zygote->unanswered > 0 &&
            handle_answer(master, zygote, &answer)) {
            /* nothing more can come */
            if (--zygote->unanswered == 0)
                return;
            continue;
        }
        if (n > 0)
            log_note(LOG_LEVEL_ERROR, "border violation: %s to master; it is replaced",
                     name_of(zygote));
        hang_up(master, zygote);
        child_kill(&zygote->child);
    }
}

bool zygotes_await(struct master *master)
{
    struct pollfd ends[HALVES];
    for (size_t i = 0; i < HALVES; i++)
        ends[i] = (struct pollfd){ .fd = master->zygotes->each[i].channel, .events = POLLIN };
    if (poll(ends, HALVES, ANSWER_MS) <= 0)
        return false;
    for (size_t i = 0; i < HALVES; i++) {
        if (ends[i].revents)
            receive_answers(master, &master->zygotes->each[i].incoming);
    }
    return true;
}

static bool zygote_start(struct master *master, struct zygote *zygote)
{
    zygote->started_ms = now_ms();
    zygote->restart_at_ms = 0;
    if (!spawn_with_channel(master, role_of[zygote->half], FM_END_ZYGOTE, &zygote->child,
                            &zygote->channel)) {
        zygote->restart_at_ms = zygote->started_ms + RETRY_MS;
        return false;
    }
    /* its end starts another */
    if (!watch_add(master, zygote->channel, &zygote->incoming))
        child_kill(&zygote->child);
    return true;
}

static void zygote_ended(struct master *master, struct watch *watch)
{
    struct zygote *zygote = WATCH_OWNER(struct zygote, child.watch, watch);
    const int status = child_reap(master, &zygote->child);
    const int64_t now = now_ms();
    if (status < 0)
        return;
    hang_up(master, zygote);
    log_note(LOG_LEVEL_ERROR, "%s has ended (wait status %d); it is started again", name_of(zygote),
             status);
    zygote->restart_at_ms = now - zygote->started_ms > RETRY_MS ? now : now + RETRY_MS;
    zygotes_tick(master, now);
}

void zygote_kill_hung(struct master *master, enum half half)
{
    const struct zygote *zygote = &master->zygotes->each[half];
    log_note(LOG_LEVEL_ERROR, "%s does not fork; it is replaced", name_of(zygote));
    child_kill(&zygote->child);
}

void zygotes_tick(struct master *master, int64_t now)
{
    for (size_t i = 0; i < HALVES; i++) {
        struct zygote *zygote = &master->zygotes->each[i];
        if (zygote->restart_at_ms && now >= zygote->restart_at_ms && master->stopping == RUNNING)
            (void)zygote_start(master, zygote);
    }
}

bool zygotes_live(const struct master *master)
{
    return master->zygotes->each[HALF_NET].channel >= 0 &&
           master->zygotes->each[HALF_JAIL].channel >= 0;
}

bool zygotes_restart_soon(const struct master *master)
{
    return !zygotes_live(master) && now_ms() < master->zygotes->lost_ms + SOON_MS;
}

bool zygotes_owe_answers(const struct master *master)
{
    return master->zygotes->each[HALF_NET].unanswered > 0 ||
           master->zygotes->each[HALF_JAIL].unanswered > 0;
}

bool zygotes_have(const struct master *master, pid_t pid)
{
    return master->zygotes->each[HALF_NET].child.pid == pid ||
           master->zygotes->each[HALF_JAIL].child.pid == pid;
}

struct zygotes *zygotes_new(const struct zygote_events *events)
{
    struct zygotes *zygotes = calloc(1, sizeof *zygotes);
    if (!zygotes)
        return NULL;
    zygotes->events = events;
    for (size_t i = 0; i < HALVES; i++) {
        struct zygote *zygote = &zygotes->each[i];
        zygote->half = (enum half)i;
        zygote->child.watch.ready = zygote_ended;
        zygote->incoming.ready = receive_answers;
        zygote->child.pidfd = zygote->channel = -1;
    }
    return zygotes;
}

bool zygotes_start(struct master *master)
{
    bool fine = true;
    for (size_t i = 0; i < HALVES; i++)
        fine = zygote_start(master, &master->zygotes->each[i]) && fine;
    return fine;
}

/* The end of file ends it at once, as it only waits for the master. */
static void zygote_stop(struct master *master, struct zygote *zygote)
{
    hang_up(master, zygote);
    zygote->restart_at_ms = 0;
    if (!zygote->child.pid)
        return;
    if (!child_await_end(&zygote->child, END_MS))
        child_kill(&zygote->child);
    (void)child_await_end(&zygote->child, END_MS);
    (void)child_reap(master, &zygote->child);
}

void zygotes_stop(struct master *master)
{
    for (size_t i = 0; i < HALVES; i++)
        zygote_stop(master, &master->zygotes->each[i]);
}

void zygotes_renew(struct master *master)
{
    if (master->stopping != RUNNING)
        return;
    zygotes_stop(master);
    for (size_t i = 0; i < HALVES; i++)
        (void)zygote_start(master, &master->zygotes->each[i]);
}

void zygotes_keep(struct master *master, struct keeping *keeping)
{
    for (size_t i = 0; i < HALVES; i++) {
        const struct zygote *zygote = &master->zygotes->each[i];
        const struct kept_zygote kept = { .child = child_keep(keeping, &zygote->child),
                                          .channel = keeping_fd(keeping, zygote->channel),
                                          .started_ms = zygote->started_ms,
                                          .restart_at_ms = zygote->restart_at_ms };
        keeping_head(keeping)->zygotes[i] = kept;
    }
    keeping_head(keeping)->zygotes_lost_ms = master->zygotes->lost_ms;
}

bool zygotes_restore(struct master *master, const struct kept_head *head)
{
    bool fine = true;
    for (size_t i = 0; i < HALVES; i++) {
        struct zygote *zygote = &master->zygotes->each[i];
        const struct kept_zygote *kept = &head->zygotes[i];
        zygote->channel = kept->channel;
        zygote->started_ms = kept->started_ms;
        zygote->restart_at_ms = kept->restart_at_ms;
        fine = child_restore(master, &zygote->child, &kept->child) &&
               (zygote->channel < 0 || watch_add(master, zygote->channel, &zygote->incoming)) &&
               fine;
    }
    master->zygotes->lost_ms = head->zygotes_lost_ms;
    return fine;
}
