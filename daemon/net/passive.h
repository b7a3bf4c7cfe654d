/* SPDX-License-Identifier: BSD-2-Clause */
/* passive.h - passive ports. */
#ifndef NET_PASSIVE_H
#define NET_PASSIVE_H

#include "daemon/net/ask.h"
#include "daemon/net/session.h"

/* Gets a listener, which accepts this session's client only, and its port; or -errno, which is
 * logged.  If ports or sockets are short, closes those that only drain, and tries again. */
int passive_get(struct session *s, struct data_port *port);

#endif
