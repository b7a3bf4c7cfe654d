/* jail.h - the process that opens the user's files and has nothing to do with
 * the network: its two entrances. */
#ifndef JAIL_H
#define JAIL_H

#include "daemon/protocol/auth_jail.h"
#include "daemon/config/config.h"
#include "daemon/roles.h"

/* Waits for auth's word who it is, becomes that user, then serves its NET
 * until NET is gone.  Called confined as ROLE_JAIL_BEFORE. */
_Noreturn void jail_run(const struct config *config, const struct role_ids *ids);

/* The second half alone: serves a NET as who, in a process that is already
 * that user in that user's root.  Sets the umask.  who, and the zone of LIST (NULL:
 * UTC), must stay where they are. */
_Noreturn void jail_serve(int net_channel, const struct jail_who *who, const struct zone *zone);

/* rehearsal.c: the self-test of this program.  NULL, or which part of the role's work failed: errno. */
const char *jail_rehearse(enum role role);

#endif
