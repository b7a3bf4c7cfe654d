/* SPDX-License-Identifier: BSD-2-Clause */
/* report.h - the events that NET reports to the scribe, besides transfers
 * (transfer.c).  Each is at most one record, and none where the log does not
 * want it. */
#ifndef NET_REPORT_H
#define NET_REPORT_H

#include "daemon/net/session.h"

/* A command begins, perhaps while a transfer runs; and ends.  report_begin returns what
 * report_end restores. */
struct reporting report_begin(struct session *s, const char *verb);
void report_end(struct session *s, const struct reporting *interrupted);

/* The control connection is TLS now; or its handshake failed. */
void report_tls(const struct session *s);
void report_handshake_failed(const char *why);

/* The running command was refused with this reply: errno, enum jail_error or
 * DENIED_*.  Not reported: what clients look for all day and is not there (an
 * errno of SIZE, CWD and other commands that change and transfer nothing). */
void report_denied(const struct session *s, unsigned reply, uint32_t error);

/* The session is traced for so long, 0: no longer; and a line of it: a command, or of a reply. */
void report_trace_start(struct session *s, uint32_t seconds);
void report_trace(const struct session *s, bool of_reply, const char *text, size_t n);

/* A data connection failed, once for each transfer.  error: errno or 0; text: more about it, or
 * NULL. */
void report_wrong_peer(const struct sockaddr_storage *peer); /* was dropped: the transfer goes on */
/* data_resume = preferred: it did not resume the session, and is used; once for each session. */
void report_resume_missed(struct session *s);
void report_data_failed(struct session *s, enum failure_why why, int error, const char *text);

#endif
