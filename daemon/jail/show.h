/* SPDX-License-Identifier: BSD-2-Clause */
/* show.h - formats an entry of the open listing. */
#ifndef JAIL_SHOW_H
#define JAIL_SHOW_H

#include "daemon/jail/format.h"
#include "daemon/jail/state.h"

/* Adds the line of a name; type: as getdents64(2) returned it.  Adds nothing for an entry that has
 * been removed meanwhile, or whose name can't be sent. 0; or -errno, for a single entry only,
 * which ends the listing. */
int show_entry(struct jail *jail, const char *name, unsigned char type, struct out *out);

#endif
