/* SPDX-License-Identifier: BSD-2-Clause */
/* drain.h - data connections and listeners that no transfer needs any more.
 * They are closed in an orderly way (law D2): after a FIN, what still comes
 * is read and dropped, because closing a socket with unread bytes sends a
 * reset. */
#ifndef NET_DRAIN_H
#define NET_DRAIN_H

#include "daemon/net/session.h"

#include <poll.h>

/* Takes ownership of the socket. later: sends the FIN after the reply has arrived.  In the middle
 * of a TLS handshake clients take a FIN for a failure, and Node's basic-ftp then gives up the
 * session. */
void drain_connection(struct session *s, int fd, bool later);

/* Takes ownership of the listener.  Accepts and drains a client that is about to connect. */
void drain_listener(struct session *s, int fd);

/* Accepts and drains connections to a listener that no PASV or EPSV has given out yet. */
void drain_early(struct session *s, int listener);

/* Closes the oldest draining listeners until at most this many are left. */
void drain_keep_listeners(struct session *s, size_t most);

/* Fills DRAINS_MAX places for poll. */
void drain_watch(const struct session *s, struct pollfd fds[DRAINS_MAX]);

/* Handles what poll has reported and what is due. */
void drain_turn(struct session *s, const struct pollfd fds[DRAINS_MAX]);

/* When drain_turn() is due without an event; INT64_MAX: never. */
int64_t drain_due(const struct session *s);

/* Before the session ends: sends each connection its FIN now. */
void drain_send_ends(struct session *s);

/* Closes all. */
void drain_end(struct session *s);

#endif
