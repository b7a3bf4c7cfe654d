/* SPDX-License-Identifier: BSD-2-Clause */
/* process.c - forks a child that has nothing of its parent but memory and the named descriptors. */
#include "client/engine/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OLD_KERNEL_DESCRIPTORS = 4096, CHANNEL_ROOM = 256 * 1024 };

static void close_between(unsigned first, unsigned last)
{
    if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
        return;
    /* before Linux 5.9 */
    for (unsigned fd = first; fd <= last && fd < OLD_KERNEL_DESCRIPTORS; fd++)
        close((int)fd);
}

/* Closes all but the standard ones, a and b (-1: none). */
static void close_others(int a, int b)
{
    const unsigned low = (unsigned)(b < 0 || a < b ? a : b), high = (unsigned)(a > b ? a : b);
    close_between(STDERR_FILENO + 1, low - 1);
    if (low < high)
        close_between(low + 1, high - 1);
    close_between(high + 1, UINT_MAX);
}

/* The terminal is the parent's alone. */
static bool leave_terminal(void)
{
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    bool done = null >= 0;
    for (int fd = STDIN_FILENO; done && fd <= STDERR_FILENO; fd++)
        done = dup2(null, fd) == fd;
    if (null > STDERR_FILENO)
        close(null);
    return done;
}

static _Noreturn void become_child(const struct process_body *body, pid_t parent, int channel)
{
    /* Ctrl-C reaches the whole group; the parent says what it means */
    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    if (body->ends_with_parent && (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent))
        _exit(1);
    close_others(channel, body->keep);
    if (!leave_terminal())
        _exit(1);
    _exit(body->run(body->context, channel));
}

pid_t process_start(const struct process_body *body, int *channel)
{
    const pid_t parent = getpid();
    const int room = CHANNEL_ROOM;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return -errno;
    (void)setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    const pid_t pid = fork();
    if (pid == 0)
        become_child(body, parent, ends[1]);
    const int error = errno;
    close(ends[1]);
    if (pid > 0) {
        *channel = ends[0];
        return pid;
    }
    close(ends[0]);
    return -error;
}

void process_kill(pid_t pid)
{
    if (pid > 0)
        (void)kill(pid, SIGKILL);
}

bool process_reap(pid_t pid, bool wait)
{
    pid_t result;
    do
        result = waitpid(pid, NULL, wait ? 0 : WNOHANG);
    while (result < 0 && errno == EINTR);
    return result != 0;
}
