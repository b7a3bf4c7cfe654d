/* SPDX-License-Identifier: BSD-2-Clause */
/* accept.h - takes clients from the listeners. */
#ifndef MASTER_ACCEPT_H
#define MASTER_ACCEPT_H

#include "daemon/master/listen.h"
#include "daemon/protocol/to_net.h"

/* The watch of a listener: accepts what waits in its backlog. */
void accept_clients(struct master *master, struct watch *watch);

/* A new client: gets a cell, waits for one, or is refused.  Takes the socket. */
void accept_client(struct master *master, const struct listener *listener,
                   struct to_net_client *client, int socket);

/* Opens the spare descriptor again, where that failed. */
void accept_tick(struct master *master);

#endif
