/* drain.h - data connections and listeners that no transfer needs any more.
 * They end in order (law D2): by a FIN, then what still comes is read and
 * dropped, as unread bytes would turn the close into a reset. */
#ifndef NET_DRAIN_H
#define NET_DRAIN_H

#include "daemon/net/session.h"

#include <poll.h>

/* Takes the socket over.  later: the FIN waits until the reply has arrived.  A client in the middle
 * of a TLS handshake takes a FIN for a failure, and Node's basic-ftp then gives up the session. */
void drain_connection(struct session *s, int fd, bool later);

/* Takes the listener over; a client that is on its way is accepted and drained. */
void drain_listener(struct session *s, int fd);

/* Closes the oldest draining listeners until at most so many are left. */
void drain_keep_listeners(struct session *s, size_t most);

/* Fills DRAINS_MAX places for poll. */
void drain_watch(const struct session *s, struct pollfd fds[DRAINS_MAX]);

/* What poll has reported, and what the time demands. */
void drain_turn(struct session *s, const struct pollfd fds[DRAINS_MAX]);

/* When drain_turn() has something to do without an event; INT64_MAX: never. */
int64_t drain_due(const struct session *s);

/* The session is about to end: every connection gets its FIN now. */
void drain_hurry(struct session *s);

/* Closes all. */
void drain_end(struct session *s);

#endif
