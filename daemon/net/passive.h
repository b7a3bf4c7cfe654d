/* passive.h - passive ports. */
#ifndef NET_PASSIVE_H
#define NET_PASSIVE_H

#include "daemon/net/session.h"

/* A listener of the dialer's that only this session's client reaches, and its port; or -errno, which is logged.  Where
 * ports or sockets are short, those that only drain are closed first. */
int passive_get(struct session *s, uint16_t *port);

#endif
