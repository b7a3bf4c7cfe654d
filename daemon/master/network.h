/* SPDX-License-Identifier: BSD-2-Clause */
/* network.h - the empty network that the master and its children live in. */
#ifndef MASTER_NETWORK_H
#define MASTER_NETWORK_H

#include "daemon/master/complaint.h"
#include "daemon/master/keep.h"

struct master;

/* Leaves the machine's network for an empty one, or warns that it cannot. */
void network_leave(struct master *master, const struct complaint *to);

/* Has it left? */
bool network_is_private(const struct master *master);

/* Returns to the machine's network for good: the dialer's new process.  False: errno. */
bool network_return(const struct master *master);

/* A non-blocking TCP socket of the machine's network, or -errno. */
int network_socket(const struct master *master, int family);
/* A socket of another kind, close-on-exec. */
int network_open(const struct master *master, int family, int type, int protocol);

/* For an upgrade: into the image, and out of it.  The process is in its own network already.
 * False: no memory. */
void network_keep(const struct master *master, struct keeping *keeping);
bool network_restore(struct master *master, const struct kept_head *head);

#endif
