/* SPDX-License-Identifier: BSD-2-Clause */
/* stop.c - an event descriptor that ends every wait of the engine: a check took too long, or the
 * user pressed Ctrl-C. */
#include "client/check/check.h"

#include <errno.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int event = -1;
static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    const int saved = errno;
    const uint64_t one = 1;
    if (number == SIGINT)
        interrupted = 1;
    const ssize_t written = write(event, &one, sizeof one);
    (void)written; /* it can fail only where the descriptor is readable already */
    errno = saved;
}

int stop_init(void)
{
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
    event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (event < 0 || sigaction(SIGALRM, &action, NULL) < 0 || sigaction(SIGINT, &action, NULL) < 0)
        return -1;
    return event;
}

void stop_arm(unsigned seconds)
{
    uint64_t count;
    alarm(0);
    if (read(event, &count, sizeof count) < 0 && errno != EAGAIN)
        return;
    alarm(seconds);
}

bool stop_wanted(void)
{
    return interrupted != 0;
}
