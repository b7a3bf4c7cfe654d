/* SPDX-License-Identifier: BSD-2-Clause */
/* rehearsal.c - runs in the self-test of metrics: its work on a small scale. */
#include "daemon/metrics/metrics.h"

#include "daemon/program/rehearsal.h"

#include <errno.h>
#include <sys/socket.h>

static bool accepts(void)
{
    return accept4(FD_STAGE_LISTENER, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK) < 0 &&
           (errno == EAGAIN || errno == EBADF); /* a machine without IPv4 has no listener */
}

const char *metrics_rehearse(enum role role)
{
    const char *failed = rehearse_shared(false);
    (void)role;
    if (failed)
        return failed;
    DOES(accepts());
    return NULL;
}
