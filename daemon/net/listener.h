/* listener.h - passive listeners: from the dialer, for the client alone. */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include "daemon/net/session.h"

/* One connection of the client's own, or -EAGAIN, or -errno. */
int listener_accept(const struct session *s, int listener);

/* A listener and its port; or -errno, which the log has then.  Where ports or room for sockets are
 * short, those that only drain are given up first. */
int listener_get(struct session *s, uint16_t *port);

#endif
