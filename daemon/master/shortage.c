/* SPDX-License-Identifier: BSD-2-Clause */
/* shortage.c - runs in the master: descriptors, memory or processes have run
 * out.  Running sessions go on, the log gets one line for each shortage, and
 * the caller tries again after a pause. */
#include "daemon/master/shortage.h"

#include "common/text.h"
#include "daemon/ipc/log.h"
#include "daemon/master/master.h"

#include <string.h>

enum { SHORTAGE_OVER_MS = 10000 }; /* since the last failure */

void shortage_met(struct master *master, const char *what, int error)
{
    if (!master->shortage_ms)
        log_note(LOG_LEVEL_ERROR, "%s: %s; clients may be refused until it is over", what,
                 strerror(error));
    master->shortage_ms = now_ms();
}

void shortage_tick(struct master *master, int64_t now)
{
    if (!master->shortage_ms || now - master->shortage_ms < SHORTAGE_OVER_MS)
        return;
    master->shortage_ms = 0;
    log_note(LOG_LEVEL_INFO, "the shortage is over");
}
