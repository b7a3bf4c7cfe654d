/* SPDX-License-Identifier: BSD-2-Clause */
/* accept.h - takes clients from the listeners. */
#ifndef MASTER_ACCEPT_H
#define MASTER_ACCEPT_H

#include "daemon/master/watch.h"

/* The watch of a listener: accepts what waits in its backlog. */
void accept_clients(struct master *master, struct watch *watch);

/* Opens the spare descriptor again, where that failed. */
void accept_tick(struct master *master);

#endif
