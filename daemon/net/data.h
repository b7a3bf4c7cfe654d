/* data.h - the data connection (RFC 959 section 3.2, RFC 2428, laws D1 to D5). */
#ifndef NET_DATA_H
#define NET_DATA_H

#include "daemon/net/outcome.h"
#include "daemon/net/session.h"

#include <stddef.h>

/* Gets a listener from the dialer, in the place of one that there was, or takes the one that the last
 * transfer left.  0 or -errno. */
int data_listen(struct session *s);

/* The client listens on port. */
void data_connect_to(struct session *s, uint16_t port);

/* Makes the connection stand: takes the client's, or connects.  DONE,
 * NO_CONNECTION (the time-out has passed, or it was refused) or CUT. */
enum outcome data_open(struct session *s);

/* Does it stand already, with nothing left to do?  A passive one that the client
 * has made, where no handshake is to follow; then data_open() is not needed. */
bool data_stands(struct session *s);

/* Sends all n bytes; waits while the client is slow.  DONE, BROKEN, STALLED or CUT. */
enum outcome data_send(struct session *s, const char *bytes, size_t n);

/* Reads once, waiting until there is something.  *n is 0 at the orderly end. */
enum outcome data_receive(struct session *s, char *to, size_t room, size_t *n);

/* The same into a pipe that is empty, of a plain connection. */
enum outcome data_splice(struct session *s, int pipe, size_t room, size_t *n);

/* All is sent: says so (TLS: close_notify, law T5).  DONE, STALLED or CUT; a
 * client that has gone with all it wanted is no failure. */
enum outcome data_finish(struct session *s);

/* All is said: waits for a moment until the client has closed the connection as well.  Some clients look
 * for a reply once for each time that their socket becomes readable.  If they find 150 and 226 together,
 * they read the one and wait for the other for ever (law D6: aria2).  A client that closes its data
 * connection has read the 150; one that waits for the 226 first is waited for once in a session. */
void data_await_close(struct session *s);

/* Waits until the connection is ready again after -EAGAIN. */
enum outcome data_wait(struct session *s, short events);

/* Ends it all; where the connection stands, in order. */
void data_close(struct session *s);

/* The same after a completed transfer: but the listener stays for a moment, for the session's next
 * PASV or EPSV, as long as the range of ports has room for one of each session twice over. */
void data_rest(struct session *s);

/* When the listener that is kept so is to be given up; INT64_MAX: none is kept. */
int64_t data_kept_until(const struct session *s);

#endif
