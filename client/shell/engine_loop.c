/* SPDX-License-Identifier: BSD-2-Clause */
/* engine_loop.c - waits for workers and for Ctrl-C. */
#include "client/shell/engine_loop.h"

#include "client/shell/interrupt.h"

#include <errno.h>
#include <poll.h>

enum { STOP_MS = 5000 };

bool engine_loop(struct shell *shell, struct engine *engine, void (*turn)(void *context),
                 void *context)
{
    bool stopped = false;
    while (engine_is_busy(engine)) {
        /* SIGTERM stays readable */
        const bool listens = !stopped || !interrupt_leaves();
        struct pollfd fds[] = {
            { .fd = engine_fd(engine), .events = POLLIN },
            { .fd = listens ? shell->settings.interrupt_fd : -1, .events = POLLIN },
        };
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            break;
        if (fds[1].revents) {
            interrupt_clear();
            engine_stop(engine, stopped ? 0 : STOP_MS);
            stopped = true;
        }
        engine_dispatch(engine);
        if (!stopped && turn)
            turn(context);
    }
    return stopped;
}
