/* SPDX-License-Identifier: BSD-2-Clause */
/* child.c - runs in the master: takes, kills and reaps its children. */
#include "daemon/master/child.h"

#include "daemon/master/shortage.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

static void end_unwatched(struct child *child)
{
    (void)kill(child->pid, SIGKILL);
    (void)waitpid(child->pid, NULL, 0);
    if (child->pidfd >= 0)
        close(child->pidfd);
    child->pid = 0;
    child->pidfd = -1;
}

bool child_take(struct master *master, struct child *child, pid_t pid)
{
    child->pid = pid;
    child->pidfd = pidfd_open(pid, 0);
    if (child->pidfd >= 0 && watch_add(master, child->pidfd, &child->watch))
        return true;
    if (child->pidfd < 0)
        shortage_met(master, "no descriptor for a process", errno);
    end_unwatched(child);
    return false;
}

void child_kill(const struct child *child)
{
    /* ESRCH: it has ended by itself */
    if (child->pid)
        (void)pidfd_send_signal(child->pidfd, SIGKILL, NULL, 0);
}

bool child_await_end(const struct child *child, int64_t timeout_ms)
{
    struct pollfd end = { .fd = child->pidfd, .events = POLLIN };
    return poll(&end, 1, timeout_ms > 0 ? (int)timeout_ms : 0) == 1;
}

int child_reap(struct master *master, struct child *child)
{
    int status = 0;
    if (!child->pid || waitpid(child->pid, &status, WNOHANG) != child->pid)
        return -1;
    watch_remove(master, child->pidfd);
    close(child->pidfd);
    child->pid = 0;
    child->pidfd = -1;
    return status;
}

struct kept_child child_keep(struct keeping *keeping, const struct child *child)
{
    return (struct kept_child){ .pid = child->pid,
                                .pidfd = child->pid ? keeping_fd(keeping, child->pidfd) : -1 };
}

bool child_restore(struct master *master, struct child *child, const struct kept_child *kept)
{
    child->pid = kept->pid;
    child->pidfd = kept->pid ? kept->pidfd : -1;
    return !kept->pid || watch_add(master, child->pidfd, &child->watch);
}
