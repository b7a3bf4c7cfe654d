/* control.h - the control connection: reading lines, sending replies. */
#ifndef NET_CONTROL_H
#define NET_CONTROL_H

#include "daemon/net/session.h"

/* Reads what has come, once.  Never blocks.  At the end of the stream the session is deaf. */
void control_read(struct session *s);

/* The client sends nothing more: no input is read from now on. */
void control_end_input(struct session *s);

/* The state of the next line (line.h); Telnet answers go to the replies. */
enum line_state control_line(struct session *s);

/* Holds n bytes for sending; sends when they do not fit, and waits for a slow client up to a deadline. */
void control_write(struct session *s, const char *bytes, size_t n);

/* Sends what it can without waiting.  A broken connection ends the session. */
void control_send(struct session *s);

/* Sends all, waiting for the client up to a deadline; past it the session is over. */
void control_flush(struct session *s);

/* The idle timeout in seconds: of SITE IDLE, or else of the policy. */
uint32_t control_idle_s(const struct session *s);

/* When a client that takes no replies is given up; INT64_MAX while it does. */
int64_t control_deadline(const struct session *s);

/* Sends all, then closes in an order that lets the client read the last reply. */
void control_close(struct session *s);

#endif
