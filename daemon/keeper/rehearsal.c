/* SPDX-License-Identifier: BSD-2-Clause */
/* rehearsal.c - runs in the keeper's self-test: its work in small. */
#include "daemon/keeper/keeper.h"

#include "daemon/program/rehearsal.h"

#include <sys/mman.h>

/* Whether a page can be locked depends on limits; the filter must allow the call. */
static bool keeps_secrets(void)
{
    static char page[64];
    (void)mlock(page, sizeof page);
    return true;
}

const char *keeper_rehearse(enum role role)
{
    const char *failed = rehearse_shared(false);
    (void)role;
    if (failed)
        return failed;
    DOES(keeps_secrets());
    return NULL;
}
