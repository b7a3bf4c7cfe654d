/* SPDX-License-Identifier: BSD-2-Clause */
/* reap.h - removes hidden files of uploads. */
#ifndef JAIL_REAP_H
#define JAIL_REAP_H

#include "daemon/protocol/net_jail.h"

#include <stdbool.h>

struct jail;

/* Has parts_reap() anything to do for this name? */
bool parts_is_due(const struct jail *jail, int directory, const char *name);

/* For a hidden name that a listing or a count has found: removes it if it is too old, finishes it
 * if it is complete.  Does a file remain that counts? */
bool parts_reap(const struct jail *jail, int directory, const char *name, struct jail_usage *gone);

/* For RMD: removes the hidden files of an otherwise empty directory. 0; -ENOTEMPTY: there is
 * something else; -JAIL_BUSY: one is being uploaded. */
int parts_sweep(const struct jail *jail, int directory, struct jail_usage *gone);

#endif
