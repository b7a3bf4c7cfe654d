/* SPDX-License-Identifier: BSD-2-Clause */
/* rehearsal.c - runs in control's self-test: its work on a small scale. */
#include "daemon/control/control.h"

#include "daemon/program/rehearsal.h"

#include <sys/socket.h>

/* As of each client. */
static bool asks_who(void)
{
    struct ucred who;
    socklen_t size = sizeof who;
    return getsockopt(FD_STAGE_END, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0;
}

const char *control_rehearse(enum role role)
{
    const char *failed = rehearse_shared(false);
    (void)role;
    if (failed)
        return failed;
    DOES(asks_who());
    return NULL;
}
