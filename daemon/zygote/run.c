/* SPDX-License-Identifier: BSD-2-Clause */
/* run.c - runs in a zygote, with the privilege of its children.  It reads the
 * master's requests; its children and other processes can't reach it. */
#include "daemon/zygote/zygote.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/protocol/zygote.h"
#include "daemon/ipc/log.h"
#include "daemon/sandbox/orders.h"
#include "daemon/sandbox/sandbox.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

enum { DAY_MS = 86400 * 1000 };

/* A fork whose child is the master's, which fork(3) can't do; what else fork(3)
 * does is for threads, and there are none. */
static pid_t fork_for_master(void)
{
    return (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
}

static const char *name_of(const struct zygote *zygote)
{
    return orders()->roles[zygote->role].name;
}

static _Noreturn void child_run(const struct zygote *zygote, const struct config *config)
{
    log_open(FD_SCRIBE, (enum log_level)config->log_level);
    if (close_range(FD_KEPT, ~0U, 0) != 0)
        die("%s: its zygote's descriptors: %s", name_of(zygote), strerror(errno));
    sandbox_child(zygote->role);
    zygote->live(config);
    die("%s: its main loop returned", name_of(zygote));
}

/* They arrived at the lowest free numbers, in the order of channel.h, because no other descriptors
 * are open. */
static bool are_in_place(const int fds[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fds[i] != FD_MASTER + (int)i)
            return false;
    }
    return true;
}

static void zygote_reply(const struct zygote_ask *ask, pid_t pid)
{
    const struct zygote_answer answer = { .head = ask->head,
                                          .cell = ask->cell,
                                          .pid = pid > 0 ? pid : 0,
                                          .error = pid < 0 ? (uint32_t)errno : 0 };
    /* if the master is gone, the next receive says so */
    (void)channel_send(FD_ZYGOTE, &answer, sizeof answer, 0);
}

static void zygote_serve(const struct zygote *zygote, const struct config *config)
{
    struct zygote_ask ask;
    int fds[HALF_FDS_MAX];
    size_t came;
    const ssize_t n =
        channel_receive_fds(FD_ZYGOTE, &ask, sizeof ask, fds, zygote->channels, &came, 0);
    if (n == 0)
        _exit(0);
    if (n == -EAGAIN || n == -EINTR)
        return;
    if (n != (ssize_t)sizeof ask || ask.head.type != ZYGOTE_FORK || came != zygote->channels ||
        !are_in_place(fds, came))
        die("the zygote of %s: border violation: master to zygote", name_of(zygote));
    const pid_t pid = fork_for_master();
    if (pid == 0)
        child_run(zygote, config);
    zygote_reply(&ask, pid);
    if (close_range(FD_MASTER, FD_KEPT - 1, 0) != 0)
        die("the zygote of %s: a child's channels: %s", name_of(zygote), strerror(errno));
}

int64_t zygote_look_daily(const struct zygote *zygote, const struct config *config, int64_t now,
                          int64_t due_ms)
{
    if (!zygote->daily || now < due_ms)
        return due_ms;
    zygote->daily(config);
    return now + DAY_MS;
}

_Noreturn void zygote_run(const struct zygote *zygote, const struct config *config)
{
    const struct timeval hour = { .tv_sec = 3600 };
    int64_t due_ms = 0;
    if (zygote->daily && setsockopt(FD_ZYGOTE, SOL_SOCKET, SO_RCVTIMEO, &hour, sizeof hour) != 0)
        die("the zygote of %s: its channel: %s", name_of(zygote), strerror(errno));
    for (;;) {
        due_ms = zygote_look_daily(zygote, config, now_ms(), due_ms);
        zygote_serve(zygote, config);
    }
}
