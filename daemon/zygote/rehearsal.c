/* SPDX-License-Identifier: BSD-2-Clause */
/* rehearsal.c - runs in the self-test of NET's and of JAIL's program: what their
 * zygotes do; their children test the rest. */
#include "daemon/zygote/zygote.h"

#include "daemon/program/rehearsal.h"

#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The child is the master's. */
static bool forks(void)
{
    const long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0)
        _exit(0);
    return pid > 0;
}

const char *zygote_rehearse(void)
{
    DOES(waits());
    DOES(forks());
    return NULL;
}
