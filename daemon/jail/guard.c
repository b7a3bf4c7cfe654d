/* SPDX-License-Identifier: BSD-2-Clause */
/* guard.c - runs in JAIL, as the user, in the user's root. */
#include "daemon/jail/guard.h"

#include "daemon/config/config.h"
#include "daemon/jail/parts.h"
#include "daemon/jail/state.h"
#include "daemon/jail/upload_target.h"

#include <unistd.h>

/* Checks hidden uploads first, then uploads in place, which the guard keeps away from then on. */
int guard_name(const struct jail *jail, const struct place *place, int *guard)
{
    *guard = -1;
    const int met = parts_meet(jail, place, PART_LOOK, NULL, NULL);
    if (met == PART_BUSY || met == PART_STALLED)
        return -JAIL_BUSY;
    return upload_guard(place, guard);
}

void guard_release(int guard)
{
    if (guard >= 0)
        close(guard);
}

void guard_clear_parts(const struct jail *jail, const struct place *place, struct jail_usage *gone)
{
    (void)parts_meet(jail, place, PART_CLEAR, NULL, gone);
    (void)parts_meet_own(jail, place, HIDDEN_OVER, PART_CLEAR, gone);
    if (jail->who->policy.failed_uploads == FAILED_HIDE)
        (void)parts_meet_own(jail, place, HIDDEN_NEW, PART_CLEAR, gone);
}
