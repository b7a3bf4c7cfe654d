/* SPDX-License-Identifier: BSD-2-Clause */
/* interrupt.c - signals into a pipe. */
#include "client/shell/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

/* The handler has no argument to carry them. */
static int ends[2] = { -1, -1 };
static volatile sig_atomic_t leaving;

static void on_signal(int number)
{
    const int kept = errno;
    if (number != SIGINT)
        leaving = 1;
    /* full: it is readable anyway */
    if (write(ends[1], "!", 1) < 0)
        errno = kept;
    errno = kept;
}

int interrupt_init(void)
{
    static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
    struct sigaction action = { .sa_handler = on_signal }, before;
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0)
            close(ends[i]);
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return -1;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        /* under nohup(1), SIGHUP stays ignored */
        if (signals[i] == SIGHUP && sigaction(SIGHUP, NULL, &before) == 0 &&
            before.sa_handler == SIG_IGN)
            continue;
        if (sigaction(signals[i], &action, NULL) < 0)
            return -1;
    }
    return ends[0];
}

bool interrupt_leaves(void)
{
    return leaving != 0;
}

void interrupt_clear(void)
{
    char sink[64];
    if (leaving)
        return;
    while (read(ends[0], sink, sizeof sink) > 0)
        ;
}
