/* SPDX-License-Identifier: BSD-2-Clause */
/* reply.h - replies (RFC 959 section 4.2).  They are buffered, and sent when
 * NET next waits for the client.  A CR within the text is sent as CR NUL (RFC
 * 2640 section 3.1), 0xFF twice (Telnet), an LF as "?" (law N1). */
#ifndef NET_REPLY_H
#define NET_REPLY_H

#include "daemon/net/session.h"

#define REPLY_FORMAT(at) __attribute__((format(printf, at, (at) + 1)))

/* "code text". */
enum step reply(struct session *s, unsigned code, const char *format, ...) REPLY_FORMAT(3);

/* The same, and the session ends. */
enum step reply_last(struct session *s, enum left_reason reason, unsigned code, const char *format,
                     ...) REPLY_FORMAT(4);

/* "code-text", the first line of a reply that one of the two above ends. */
void reply_open(struct session *s, unsigned code, const char *format, ...) REPLY_FORMAT(3);

/* " text", a line within it. */
void reply_row(struct session *s, const char *format, ...) REPLY_FORMAT(2);

/* A line within it, of n bytes that need not end with a NUL, without the line's end. */
void reply_text(struct session *s, const char *text, size_t n);

/* Replies to an error: errno, enum jail_error or an error of ask.h.  Code and reason come from one
 * table (law R2). */
enum step reply_error(struct session *s, uint32_t error);

/* Code and reason from that table; and the same with the numbers of the user's limits, valid
 * until the next call. */
const char *error_reason(uint32_t error, unsigned *code);
const char *error_text(struct session *s, uint32_t error, unsigned *code);

#endif
