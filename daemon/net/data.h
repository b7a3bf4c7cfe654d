/* SPDX-License-Identifier: BSD-2-Clause */
/* data.h - the data connection (RFC 959 section 3.2, RFC 2428, laws D1 to D5). */
#ifndef NET_DATA_H
#define NET_DATA_H

#include "daemon/net/outcome.h"
#include "daemon/net/session.h"

#include <stddef.h>

/* Opens a passive port: gets a listener from the dialer, or takes the one that the last transfer
 * kept. 0 or -errno. */
int data_listen(struct session *s);

/* The next data connection is active, to this port of the client. */
void data_connect_to(struct session *s, uint16_t port);

/* Opens the data connection: accepts the client's, or connects.  DONE, NO_CONNECTION (refused, or
 * timed out) or CUT. */
enum outcome data_open(struct session *s);

/* Is the data connection open without waiting?  If it is passive without TLS, and the client has
 * connected, this accepts it; then data_open() is not needed. */
bool data_open_now(struct session *s);

/* Sends all n bytes, waiting for a slow client.  DONE, BROKEN, STALLED or CUT. */
enum outcome data_send(struct session *s, const char *bytes, size_t n);

/* Reads once, waiting for data.  *n is 0 at the orderly end. */
enum outcome data_receive(struct session *s, char *to, size_t room, size_t *n);

/* The same into an empty pipe, without TLS. */
enum outcome data_splice(struct session *s, int pipe, size_t room, size_t *n);

/* After the last byte: sends close_notify under TLS (law T5).  DONE, STALLED or CUT; it is no
 * failure if the client has closed. */
enum outcome data_finish(struct session *s);

/* Before the 226: waits for a moment until the client has closed the data connection as well.
 * Some clients read one reply each time their socket becomes readable: if 150 and 226 arrive
 * together, they wait for the second for ever (law D6: aria2).  A client that has closed its data
 * connection has read the 150. For a client that waits for the 226 before it closes, this waits
 * only once in a session. */
void data_await_close(struct session *s);

/* Waits until the connection is ready again after -EAGAIN. */
enum outcome data_wait(struct session *s, short events);

/* Closes data connection and listener, in an orderly way. */
void data_close(struct session *s);

/* The same after a completed transfer, but keeps the listener for a moment, for the session's
 * next PASV or EPSV, if the dialer has said that the range has ports to spare. */
void data_close_connection(struct session *s);

/* When to close the listener that is kept; INT64_MAX: none is kept. */
int64_t data_kept_until(const struct session *s);

#endif
