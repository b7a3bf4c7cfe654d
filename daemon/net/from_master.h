/* from_master.h - what the master tells NET while a session runs. */
#ifndef NET_FROM_MASTER_H
#define NET_FROM_MASTER_H

#include "daemon/net/session.h"

/* Waits for the client.  False: the master is gone, or wants this cell to end. */
bool wait_for_client(struct session *s);

/* Takes one message: a new end of a shared process, or the order to stop. */
void hear_master(struct session *s);

#endif
