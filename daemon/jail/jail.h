/* jail.h - the process that opens the user's files and has nothing to do with
 * the network: its three entrances. */
#ifndef JAIL_H
#define JAIL_H

#include "daemon/border/auth_jail.h"
#include "daemon/config.h"
#include "daemon/roles.h"

/* Waits for auth's word who it is, becomes that user, then serves its NET
 * until NET is gone.  Called confined as ROLE_JAIL_BEFORE. */
_Noreturn void jail_run(const struct config *config, const struct role_ids *ids);

/* The second half alone: serves a NET as who, in a process that is already
 * that user in that user's root.  Sets the umask.  who must stay where it is. */
_Noreturn void jail_serve(int net_channel, const struct jail_who *who);

/* Reads the zone file of [defaults] time_zone, for LIST.  Called in the forked
 * child before it is confined: its filter, then the chroot take the file away. */
void jail_time_zone(const struct config *config);

#endif
