/* reap.h - hidden files of uploads that are too old, or that an RMD meets. */
#ifndef JAIL_REAP_H
#define JAIL_REAP_H

#include "daemon/protocol/net_jail.h"

#include <stdbool.h>

struct jail;

/* Has parts_reap() anything to do with it? */
bool parts_is_due(const struct jail *jail, int directory, const char *name);

/* A listing or a count has met this hidden name: removes it if it is too old, finishes it if it is
 * whole.  Does anything that counts remain? */
bool parts_reap(const struct jail *jail, int directory, const char *name, struct jail_usage *gone);

/* RMD: removes the hidden files of an otherwise empty directory.  0; -ENOTEMPTY: there is something
 * else; -JAIL_BUSY: one is being uploaded. */
int parts_sweep(const struct jail *jail, int directory, struct jail_usage *gone);

#endif
