/* SPDX-License-Identifier: BSD-2-Clause */
/* rehearsal.c - runs in the self-test of events: its work on a small scale. */
#include "daemon/events/events.h"

#include "daemon/program/rehearsal.h"

const char *events_rehearse(enum role role)
{
    (void)role;
    return rehearse_shared(false);
}
