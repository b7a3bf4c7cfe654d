/* secure.h - TLS on a session's connections: the handshakes, within the
 * session's deadlines, and what the policy asks for (RFC 4217, laws T1 to T6). */
#ifndef NET_SECURE_H
#define NET_SECURE_H

#include "daemon/net/outcome.h"
#include "daemon/net/session.h"

/* The handshake on the control connection.  False: it failed, and the session is over. */
bool secure_control(struct session *s);

/* The handshake on a data connection that stands, where PROT P was said.
 * DONE, BROKEN, NOT_RESUMED (data_resume = required), STALLED or CUT. */
enum outcome secure_data(struct session *s);

/* Does this listener speak TLS, and is there a certificate for it? */
bool secure_is_served(const struct session *s);

/* Must data connections be protected: by the listener, or for this user? */
bool secure_data_required(const struct session *s);

/* May a data connection be made as PROT has it?  Where not: the words of the 521. */
const char *secure_data_refusal(const struct session *s);

/* Clients that use each ticket once shall always hold a fresh one (law T3). */
void secure_fresh_ticket(struct session *s);

/* A line for STAT about the control connection. */
enum { SECURE_TEXT_ROOM = 768 };
void secure_describe(const struct session *s, char to[SECURE_TEXT_ROOM]);

#endif
