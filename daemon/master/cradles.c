/* cradles.c - runs in the master: the two processes that fork the halves of
 * cells, one for NETs and one for JAILs.  One that dies is started again. */
#include "daemon/master/master.h"

#include "common/text.h"
#include "daemon/border/channel.h"
#include "daemon/border/cradle.h"
#include "daemon/border/log.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    BIRTH_MS = 5000, /* one that answers nothing for so long is hung, and not only waiting for a processor */
    AGAIN_MS = 200,
    END_MS = 1000,
    ORPHAN_MS = 10000,
};

static const enum role role_of[HALVES] = { [HALF_NET] = ROLE_NET_CRADLE, [HALF_JAIL] = ROLE_JAIL_CRADLE };

static const char *name_of(const struct cradle_watched *cradle)
{
    return cradle->half == HALF_NET ? "the cradle of ward-net" : "the cradle of ward-jail";
}

/* Nothing more is heard of it, nor of what it was asked for: a child that is
 * still born ends by the end of file on its channels. */
static void hang_up(struct master *master, struct cradle_watched *cradle)
{
    if (cradle->channel < 0)
        return;
    master_unwatch(master, cradle->channel);
    close(cradle->channel);
    cradle->channel = -1;
    master->cradle_lost_ms = now_ms();
    master->orphans_until_ms = master->cradle_lost_ms + ORPHAN_MS;
    cells_bereave(master, cradle->half);
}

bool cradle_ask(struct master *master, enum half half, uint64_t cell, const int channels[], size_t count)
{
    struct cradle_watched *cradle = &master->cradles[half];
    const struct cradle_ask ask = { .head.type = CRADLE_BEAR, .cell = cell };
    if (cradle->channel < 0)
        return false;
    const int error = channel_send_fds(cradle->channel, &ask, sizeof ask, channels, count, MSG_DONTWAIT);
    if (error && error != -EPIPE && error != -ECONNRESET) /* else its end is about to be heard of */
        shortage_met(master, "a session's channels can't be handed over", -error);
    return error == 0;
}

/* Its word is a pid; that it is a child of ours the kernel says. */
static bool is_our_child(pid_t pid)
{
    siginfo_t unused;
    return waitid(P_PID, (id_t)pid, &unused, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* False: it says what it may not. */
static bool hear_answer(struct master *master, const struct cradle_watched *cradle,
                        const struct cradle_answer *answer)
{
    if (answer->head.type != CRADLE_BEAR || (answer->error == 0) != (answer->pid > 0) ||
        (answer->pid > 0 && !is_our_child(answer->pid)))
        return false;
    if (answer->error)
        shortage_met(master, "no process can be forked", (int)answer->error);
    cell_born(master, answer->cell, cradle->half, answer->pid);
    return true;
}

static void hear(struct master *master, struct watch *watch)
{
    struct cradle_watched *cradle =
        (struct cradle_watched *)((char *)watch - offsetof(struct cradle_watched, from));
    struct cradle_answer answer;
    while (cradle->channel >= 0) {
        const ssize_t n = channel_receive(cradle->channel, &answer, sizeof answer, MSG_DONTWAIT);
        if (n == -EAGAIN || n == -EINTR)
            return;
        if (n == (ssize_t)sizeof answer && hear_answer(master, cradle, &answer))
            continue;
        if (n > 0)
            log_note(LOG_LEVEL_ERROR, "border violation: %s to master; it is replaced", name_of(cradle));
        hang_up(master, cradle);
        child_kill(&cradle->child);
    }
}

bool cradles_await(struct master *master)
{
    struct pollfd ends[HALVES];
    for (size_t i = 0; i < HALVES; i++)
        ends[i] = (struct pollfd){ .fd = master->cradles[i].channel, .events = POLLIN };
    if (poll(ends, HALVES, BIRTH_MS) <= 0)
        return false;
    for (size_t i = 0; i < HALVES; i++) {
        if (ends[i].revents)
            hear(master, &master->cradles[i].from);
    }
    return true;
}

static bool start(struct master *master, struct cradle_watched *cradle)
{
    cradle->started_ms = now_ms();
    cradle->restart_at_ms = 0;
    if (!spawn_with_channel(master, role_of[cradle->half], FM_END_CRADLE, &cradle->child, &cradle->channel)) {
        cradle->restart_at_ms = cradle->started_ms + AGAIN_MS;
        return false;
    }
    if (!master_watch(master, cradle->channel, &cradle->from))
        child_kill(&cradle->child); /* it could never be heard: its end starts another */
    return true;
}

static void ended(struct master *master, struct watch *watch)
{
    struct cradle_watched *cradle = (struct cradle_watched *)watch;
    const int status = child_reap(master, &cradle->child);
    const int64_t now = now_ms();
    if (status < 0)
        return;
    hang_up(master, cradle);
    log_note(LOG_LEVEL_ERROR, "%s has ended (wait status %d); it is started again", name_of(cradle), status);
    cradle->restart_at_ms = now - cradle->started_ms > AGAIN_MS ? now : now + AGAIN_MS;
    cradles_tick(master, now);
}

static bool holds(const struct cell_list *list, pid_t pid)
{
    for (const struct cell *cell = list->first; cell; cell = cell->next) {
        if (cell->net.pid == pid || cell->jail.pid == pid)
            return true;
    }
    return false;
}

static bool is_awaited(const struct master *master, pid_t pid)
{
    for (size_t i = 0; i < HALVES; i++) {
        if (master->cradles[i].child.pid == pid)
            return true;
    }
    for (size_t i = 0; i < SHARED_ROLES; i++) {
        if (master->shared[i].child.pid == pid)
            return true;
    }
    return pid == master->reload_pid || holds(&master->unborn, pid) || holds(&master->idle, pid) ||
           holds(&master->busy, pid) || holds(&master->ending, pid);
}

/* A child of which its cradle did not live to tell ends by the end of file on
 * its channels, and nobody waits for it.  The kernel shows who has ended one by
 * one: who is awaited is left where it is, and the next turn looks again. */
static void reap_orphans(struct master *master)
{
    for (;;) {
        siginfo_t info = { .si_pid = 0 };
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0 ||
            is_awaited(master, info.si_pid))
            return;
        (void)waitpid(info.si_pid, NULL, WNOHANG);
    }
}

/* One that lets a cell wait for so long is hung. */
static void end_hung(struct master *master, int64_t now)
{
    const struct cell *oldest = master->unborn.first;
    if (!oldest || now - oldest->made_ms < BIRTH_MS)
        return;
    for (size_t i = 0; i < HALVES; i++) {
        if (!(oldest->unborn >> i & 1))
            continue;
        log_note(LOG_LEVEL_ERROR, "%s makes nothing; it is replaced", name_of(&master->cradles[i]));
        child_kill(&master->cradles[i].child);
    }
}

void cradles_tick(struct master *master, int64_t now)
{
    end_hung(master, now);
    for (size_t i = 0; i < HALVES; i++) {
        struct cradle_watched *cradle = &master->cradles[i];
        if (cradle->restart_at_ms && now >= cradle->restart_at_ms && master->stopping == RUNNING)
            (void)start(master, cradle);
    }
    if (now < master->orphans_until_ms)
        reap_orphans(master);
}

bool cradles_live(const struct master *master)
{
    return master->cradles[HALF_NET].channel >= 0 && master->cradles[HALF_JAIL].channel >= 0;
}

bool cradles_start(struct master *master)
{
    bool fine = true;
    for (size_t i = 0; i < HALVES; i++) {
        struct cradle_watched *cradle = &master->cradles[i];
        cradle->half = (enum half)i;
        cradle->child.watch.ready = ended;
        cradle->from.ready = hear;
        cradle->child.pidfd = cradle->channel = -1;
        fine = start(master, cradle) && fine;
    }
    return fine;
}

static bool wait_for_end(const struct cradle_watched *cradle, int timeout_ms)
{
    struct pollfd end = { .fd = cradle->child.pidfd, .events = POLLIN };
    return poll(&end, 1, timeout_ms) == 1;
}

/* It has nothing to do but to wait for the master, so the end of file is its end. */
static void end(struct master *master, struct cradle_watched *cradle)
{
    hang_up(master, cradle);
    cradle->restart_at_ms = 0;
    if (!cradle->child.pid)
        return;
    if (!wait_for_end(cradle, END_MS))
        child_kill(&cradle->child);
    (void)wait_for_end(cradle, END_MS);
    (void)child_reap(master, &cradle->child);
}

void cradles_stop(struct master *master)
{
    for (size_t i = 0; i < HALVES; i++)
        end(master, &master->cradles[i]);
}

void cradles_renew(struct master *master)
{
    if (master->stopping != RUNNING)
        return;
    cradles_stop(master);
    for (size_t i = 0; i < HALVES; i++)
        (void)start(master, &master->cradles[i]);
}
