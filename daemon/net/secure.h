/* SPDX-License-Identifier: BSD-2-Clause */
/* secure.h - TLS on a session's connections: the handshakes, within the
 * session's deadlines, and what the policy asks for (RFC 4217, laws T1 to T6). */
#ifndef NET_SECURE_H
#define NET_SECURE_H

#include "daemon/net/outcome.h"
#include "daemon/net/session.h"

/* The handshake on the control connection.  False: it failed, and the session ends. */
bool secure_control(struct session *s);

/* The handshake on an open data connection, after PROT P.  DONE, BROKEN, NOT_RESUMED (data_resume
 * = required), STALLED or CUT. */
enum outcome secure_data(struct session *s);

/* Does this listener offer TLS, and is there a certificate? */
bool secure_is_served(const struct session *s);

/* Must data connections be protected: by the listener, or for this user? */
bool secure_data_required(const struct session *s);

/* NULL, or why no data connection may be opened with the current PROT: the text of the 521. */
const char *secure_data_refusal(const struct session *s);

/* Sends a new session ticket, for clients that use each one only once (law T3). */
void secure_fresh_ticket(struct session *s);

/* Describes the control connection for STAT. */
enum { SECURE_TEXT_SIZE = 768 };
void secure_describe(const struct session *s, char to[SECURE_TEXT_SIZE]);

#endif
