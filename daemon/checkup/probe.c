/* SPDX-License-Identifier: BSD-2-Clause */
/* probe.c - runs in `wardftpd -t`: checks in child processes, with a time limit. */
#include "daemon/checkup/probe.h"

#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void child(int fd, probe_work *work, const void *context, size_t size)
{
    char result[PROBE_RESULT_MAX] __attribute__((aligned(16))) = { 0 };
    work(context, result);
    _exit(write(fd, result, size) == (ssize_t)size ? 0 : 1); /* a pipe takes so few bytes at once */
}

bool probe_start(struct probe *probe, probe_work *work, const void *context, size_t size)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return false;
    const pid_t pid = fork();
    if (pid == 0)
        child(ends[1], work, context, size);
    const int error = errno;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        errno = error;
        return false;
    }
    *probe =
        (struct probe){ .pid = pid, .fd = ends[0], .size = size, .until_ms = now_ms() + PROBE_MS };
    return true;
}

/* A child that hangs in the kernel does not even react to SIGKILL: it is not waited for. */
static void finish(struct probe *probe, bool ended)
{
    close(probe->fd);
    probe->fd = -1;
    if (!ended)
        (void)kill(probe->pid, SIGKILL);
    (void)waitpid(probe->pid, NULL, ended ? 0 : WNOHANG);
}

enum probe_state probe_look(struct probe *probe, void *result)
{
    const ssize_t n = read(probe->fd, result, probe->size);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        if (now_ms() < probe->until_ms)
            return PROBE_RUNS;
        finish(probe, false);
        return PROBE_TIMED_OUT;
    }
    finish(probe, true);
    return n == (ssize_t)probe->size ? PROBE_ANSWERED : PROBE_FAILED;
}

enum probe_state probe_run(probe_work *work, const void *context, void *result, size_t size)
{
    struct probe probe;
    enum probe_state state = PROBE_RUNS;
    if (!probe_start(&probe, work, context, size))
        return PROBE_FAILED;
    while (state == PROBE_RUNS) {
        struct pollfd ready = { .fd = probe.fd, .events = POLLIN };
        const int64_t left = probe.until_ms - now_ms();
        (void)poll(&ready, 1, left > 0 ? (int)left : 0);
        state = probe_look(&probe, result);
    }
    return state;
}
