/* SPDX-License-Identifier: BSD-2-Clause */
/* control.h - the control connection: reading lines, sending replies. */
#ifndef NET_CONTROL_H
#define NET_CONTROL_H

#include "daemon/net/session.h"

/* Reads once, without blocking.  Sets s->input_ended at the end of the stream. */
void control_read(struct session *s);

/* No input is read any more. */
void control_end_input(struct session *s);

/* The state of the next line (line.h).  Adds Telnet answers to the replies. */
enum line_state control_line(struct session *s);

/* Buffers n bytes; if the buffer is full, sends it, waiting for a slow client up to a deadline. */
void control_write(struct session *s, const char *bytes, size_t n);

/* Sends as much as it can without waiting.  A broken connection ends the session. */
void control_send(struct session *s);

/* Sends all, waiting for the client up to a deadline, after which the session ends. */
void control_flush(struct session *s);

/* The idle timeout in seconds: of SITE IDLE, or else of the policy. */
uint32_t control_idle_s(const struct session *s);

/* When to give up a client that reads no replies; INT64_MAX: it reads. */
int64_t control_deadline(const struct session *s);

/* Sends all, then closes in a way that lets the client read the last reply. */
void control_close(struct session *s);

#endif
