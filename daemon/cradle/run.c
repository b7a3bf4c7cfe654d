/* run.c - runs in a cradle, with the privilege of what it forks.  It reads the
 * master's one question, and neither its children nor anybody else can reach it. */
#include "daemon/cradle/cradle.h"

#include "common/text.h"
#include "daemon/border/channel.h"
#include "daemon/border/cradle.h"
#include "daemon/border/log.h"
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

/* A fork whose child is the master's.  libc's own can't do that; what else it
 * does is for threads, and we have none. */
static pid_t fork_for_master(void)
{
    return (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
}

static const char *name_of(const struct cradle *cradle)
{
    return orders()->roles[cradle->role].name;
}

static _Noreturn void be_born(const struct cradle *cradle, const struct config *config)
{
    log_open(FD_SCRIBE, (enum log_level)config->log_level);
    if (close_range(FD_KEPT, ~0U, 0) != 0)
        die("%s: its cradle's descriptors: %s", name_of(cradle), strerror(errno));
    sandbox_born(cradle->role);
    cradle->live(config);
    die("%s: its life is over", name_of(cradle));
}

/* They came at the lowest free numbers, in the order of channel.h, as nothing else is there. */
static bool stand_in_place(const int fds[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fds[i] != FD_MASTER + (int)i)
            return false;
    }
    return true;
}

static void answer(const struct cradle_ask *ask, pid_t pid)
{
    const struct cradle_answer answer = {
        .head = ask->head, .cell = ask->cell, .pid = pid > 0 ? pid : 0, .error = pid < 0 ? (uint32_t)errno : 0
    };
    (void)channel_send(FD_CRADLE, &answer, sizeof answer,
                       0); /* where the master is gone, the next receive says so */
}

static void serve(const struct cradle *cradle, const struct config *config)
{
    struct cradle_ask ask;
    int fds[HALF_FDS_MOST];
    const ssize_t n = channel_receive_fds(FD_CRADLE, &ask, sizeof ask, fds, cradle->channels, 0);
    if (n == 0)
        _exit(0);
    if (n == -EAGAIN || n == -EINTR)
        return;
    if (n != (ssize_t)sizeof ask || ask.head.type != CRADLE_BEAR || !stand_in_place(fds, cradle->channels))
        die("the cradle of %s: border violation: master to cradle", name_of(cradle));
    const pid_t pid = fork_for_master();
    if (pid == 0)
        be_born(cradle, config);
    answer(&ask, pid);
    if (close_range(FD_MASTER, FD_KEPT - 1, 0) != 0)
        die("the cradle of %s: a child's channels: %s", name_of(cradle), strerror(errno));
}

int64_t cradle_look_daily(const struct cradle *cradle, const struct config *config, int64_t now,
                          int64_t due_ms)
{
    if (!cradle->daily || now < due_ms)
        return due_ms;
    cradle->daily(config);
    return now + DAY_MS;
}

_Noreturn void cradle_run(const struct cradle *cradle, const struct config *config)
{
    const struct timeval hour = { .tv_sec = 3600 };
    int64_t due_ms = 0;
    if (cradle->daily && setsockopt(FD_CRADLE, SOL_SOCKET, SO_RCVTIMEO, &hour, sizeof hour) != 0)
        die("the cradle of %s: its channel: %s", name_of(cradle), strerror(errno));
    for (;;) {
        due_ms = cradle_look_daily(cradle, config, now_ms(), due_ms);
        serve(cradle, config);
    }
}
