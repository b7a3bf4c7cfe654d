/* net.h - NET: one process a session, no privilege, an empty root.  It reads
 * the client's bytes and everything hostile; it opens nothing and makes no
 * socket.  What it needs it asks of JAIL, auth and the dialer. */
#ifndef NET_NET_H
#define NET_NET_H

#include "daemon/config/config.h"
#include "daemon/roles.h"

/* Before the master forks its first cell: what the digests would open or look
 * up later, where a confined process may not. */
void net_warm_up(void);

/* Waits for the client that the master sends, serves it, and exits.  Called
 * confined, with the descriptors of channel.h in place. */
_Noreturn void net_run(const struct config *config);

/* rehearsal.c: the self-test of this program.  NULL, or which part of the role's work failed: errno. */
const char *net_rehearse(enum role role);

#endif
