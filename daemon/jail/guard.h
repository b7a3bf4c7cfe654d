/* SPDX-License-Identifier: BSD-2-Clause */
/* guard.h - keeps uploads away from a name while it is created, removed or
 * renamed. */
#ifndef JAIL_GUARD_H
#define JAIL_GUARD_H

#include "daemon/protocol/net_jail.h"

struct jail;
struct place;

/* Checks that no session is uploading to this name, and settles what a killed session left (law
 * C2). 0, -JAIL_BUSY or -errno.  *guard keeps uploads in place away until guard_release(); -1:
 * there is no file. */
int guard_name(const struct jail *jail, const struct place *place, int *guard);
void guard_release(int guard);

/* Removes parts that interrupted uploads of this name left (law U3), and adds them to *gone. */
void guard_clear_parts(const struct jail *jail, const struct place *place, struct jail_usage *gone);

#endif
