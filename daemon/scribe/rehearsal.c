/* SPDX-License-Identifier: BSD-2-Clause */
/* rehearsal.c - runs in the scribe's self-test: its work in miniature. */
#include "daemon/scribe/scribe.h"

#include "daemon/program/rehearsal.h"

#include <unistd.h>

static bool logs(void)
{
    return write(FD_STAGE_FILE, "line", 4) == 4;
}

const char *scribe_rehearse(enum role role)
{
    const char *failed = rehearse_shared(false);
    (void)role;
    if (failed)
        return failed;
    DOES(waits());
    DOES(logs());
    return NULL;
}
