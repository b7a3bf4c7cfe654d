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

static void on_signal(int number)
{
    const int kept = errno;
    (void)number;
    /* full: it is readable anyway */
    if (write(ends[1], "!", 1) < 0)
        errno = kept;
    errno = kept;
}

int interrupt_init(void)
{
    struct sigaction action = { .sa_handler = on_signal };
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0)
            close(ends[i]);
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return -1;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGINT, &action, NULL) < 0 || sigaction(SIGTERM, &action, NULL) < 0)
        return -1;
    return ends[0];
}

void interrupt_clear(void)
{
    char sink[64];
    while (read(ends[0], sink, sizeof sink) > 0)
        ;
}
