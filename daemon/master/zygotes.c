/* zygotes.c - runs in the master: the two processes that fork the halves of
 * cells, one for NETs and one for JAILs.  One that dies is started again. */
#include "daemon/master/master.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/protocol/zygote.h"
#include "daemon/ipc/log.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    START_MS = 5000, /* without an answer for so long it is hung, not only waiting for a processor */
    AGAIN_MS = 200,
    END_MS = 1000,
    ORPHAN_MS = 10000,
};

static const enum role role_of[HALVES] = { [HALF_NET] = ROLE_NET_ZYGOTE, [HALF_JAIL] = ROLE_JAIL_ZYGOTE };

static const char *name_of(const struct zygote_watched *zygote)
{
    return zygote->half == HALF_NET ? "the zygote of ward-net" : "the zygote of ward-jail";
}

/* No more answers come from it: a child that it still forks ends at the end of
 * file on its channels. */
static void hang_up(struct master *master, struct zygote_watched *zygote)
{
    if (zygote->channel < 0)
        return;
    master_unwatch(master, zygote->channel);
    close(zygote->channel);
    zygote->channel = -1;
    master->zygote_lost_ms = now_ms();
    master->orphans_until_ms = master->zygote_lost_ms + ORPHAN_MS;
    cells_lost(master, zygote->half);
}

bool zygote_ask(struct master *master, enum half half, uint64_t cell, const int channels[], size_t count)
{
    struct zygote_watched *zygote = &master->zygotes[half];
    const struct zygote_ask ask = { .head.type = ZYGOTE_FORK, .cell = cell };
    if (zygote->channel < 0)
        return false;
    const int error = channel_send_fds(zygote->channel, &ask, sizeof ask, channels, count, MSG_DONTWAIT);
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
static bool hear_answer(struct master *master, const struct zygote_watched *zygote,
                        const struct zygote_answer *answer)
{
    if (answer->head.type != ZYGOTE_FORK || (answer->error == 0) != (answer->pid > 0) ||
        (answer->pid > 0 && !is_our_child(answer->pid)))
        return false;
    if (answer->error)
        shortage_met(master, "no process can be forked", (int)answer->error);
    cell_started(master, answer->cell, zygote->half, answer->pid);
    return true;
}

static void hear(struct master *master, struct watch *watch)
{
    struct zygote_watched *zygote =
        (struct zygote_watched *)((char *)watch - offsetof(struct zygote_watched, from));
    struct zygote_answer answer;
    while (zygote->channel >= 0) {
        const ssize_t n = channel_receive(zygote->channel, &answer, sizeof answer, MSG_DONTWAIT);
        if (n == -EAGAIN || n == -EINTR)
            return;
        if (n == (ssize_t)sizeof answer && hear_answer(master, zygote, &answer))
            continue;
        if (n > 0)
            log_note(LOG_LEVEL_ERROR, "border violation: %s to master; it is replaced", name_of(zygote));
        hang_up(master, zygote);
        child_kill(&zygote->child);
    }
}

bool zygotes_await(struct master *master)
{
    struct pollfd ends[HALVES];
    for (size_t i = 0; i < HALVES; i++)
        ends[i] = (struct pollfd){ .fd = master->zygotes[i].channel, .events = POLLIN };
    if (poll(ends, HALVES, START_MS) <= 0)
        return false;
    for (size_t i = 0; i < HALVES; i++) {
        if (ends[i].revents)
            hear(master, &master->zygotes[i].from);
    }
    return true;
}

static bool start(struct master *master, struct zygote_watched *zygote)
{
    zygote->started_ms = now_ms();
    zygote->restart_at_ms = 0;
    if (!spawn_with_channel(master, role_of[zygote->half], FM_END_ZYGOTE, &zygote->child, &zygote->channel)) {
        zygote->restart_at_ms = zygote->started_ms + AGAIN_MS;
        return false;
    }
    if (!master_watch(master, zygote->channel, &zygote->from))
        child_kill(&zygote->child); /* it could never be heard: its end starts another */
    return true;
}

static void ended(struct master *master, struct watch *watch)
{
    struct zygote_watched *zygote = (struct zygote_watched *)watch;
    const int status = child_reap(master, &zygote->child);
    const int64_t now = now_ms();
    if (status < 0)
        return;
    hang_up(master, zygote);
    log_note(LOG_LEVEL_ERROR, "%s has ended (wait status %d); it is started again", name_of(zygote), status);
    zygote->restart_at_ms = now - zygote->started_ms > AGAIN_MS ? now : now + AGAIN_MS;
    zygotes_tick(master, now);
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
        if (master->zygotes[i].child.pid == pid)
            return true;
    }
    for (size_t i = 0; i < SHARED_ROLES; i++) {
        if (master->shared[i].child.pid == pid)
            return true;
    }
    return pid == master->reload_pid || holds(&master->starting, pid) || holds(&master->idle, pid) ||
           holds(&master->busy, pid) || holds(&master->ending, pid);
}

/* A child that its zygote died before reporting ends at the end of file on its
 * channels, and no cell waits for it.  waitid(2) shows one ended child at a time: one that a
 * cell waits for stays there, and the next turn looks again. */
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

/* A zygote that lets a cell wait for START_MS is hung. */
static void end_hung(struct master *master, int64_t now)
{
    const struct cell *oldest = master->starting.first;
    if (!oldest || now - oldest->made_ms < START_MS)
        return;
    for (size_t i = 0; i < HALVES; i++) {
        if (!(oldest->starting >> i & 1))
            continue;
        log_note(LOG_LEVEL_ERROR, "%s does not fork; it is replaced", name_of(&master->zygotes[i]));
        child_kill(&master->zygotes[i].child);
    }
}

void zygotes_tick(struct master *master, int64_t now)
{
    end_hung(master, now);
    for (size_t i = 0; i < HALVES; i++) {
        struct zygote_watched *zygote = &master->zygotes[i];
        if (zygote->restart_at_ms && now >= zygote->restart_at_ms && master->stopping == RUNNING)
            (void)start(master, zygote);
    }
    if (now < master->orphans_until_ms)
        reap_orphans(master);
}

bool zygotes_live(const struct master *master)
{
    return master->zygotes[HALF_NET].channel >= 0 && master->zygotes[HALF_JAIL].channel >= 0;
}

bool zygotes_start(struct master *master)
{
    bool fine = true;
    for (size_t i = 0; i < HALVES; i++) {
        struct zygote_watched *zygote = &master->zygotes[i];
        zygote->half = (enum half)i;
        zygote->child.watch.ready = ended;
        zygote->from.ready = hear;
        zygote->child.pidfd = zygote->channel = -1;
        fine = start(master, zygote) && fine;
    }
    return fine;
}

static bool wait_for_end(const struct zygote_watched *zygote, int timeout_ms)
{
    struct pollfd end = { .fd = zygote->child.pidfd, .events = POLLIN };
    return poll(&end, 1, timeout_ms) == 1;
}

/* It has nothing to do but to wait for the master, so the end of file is its end. */
static void end(struct master *master, struct zygote_watched *zygote)
{
    hang_up(master, zygote);
    zygote->restart_at_ms = 0;
    if (!zygote->child.pid)
        return;
    if (!wait_for_end(zygote, END_MS))
        child_kill(&zygote->child);
    (void)wait_for_end(zygote, END_MS);
    (void)child_reap(master, &zygote->child);
}

void zygotes_stop(struct master *master)
{
    for (size_t i = 0; i < HALVES; i++)
        end(master, &master->zygotes[i]);
}

void zygotes_renew(struct master *master)
{
    if (master->stopping != RUNNING)
        return;
    zygotes_stop(master);
    for (size_t i = 0; i < HALVES; i++)
        (void)start(master, &master->zygotes[i]);
}
