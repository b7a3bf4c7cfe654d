/* SPDX-License-Identifier: BSD-2-Clause */
/* from_master.h - the master's messages to NET. */
#ifndef NET_FROM_MASTER_H
#define NET_FROM_MASTER_H

#include "daemon/net/session.h"

/* Waits for the master to send the client.  False: the master is gone, or wants this cell to
 * end. */
bool wait_for_client(struct session *s);

/* Reads one message: a new channel to a shared process, or the order to stop. */
void read_master(struct session *s);

#endif
