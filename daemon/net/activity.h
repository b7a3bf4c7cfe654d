/* SPDX-License-Identifier: BSD-2-Clause */
/* activity.h - reports to the scribe what the session does, for `wardctl who`. */
#ifndef NET_ACTIVITY_H
#define NET_ACTIVITY_H

#include "daemon/net/session.h"

/* The session has begun or ended something.  It is reported half a second
 * later, and at most once a second, so that short commands cost nothing. */
void activity_changed(struct session *s);

/* The same, with the verb of the command that begins. */
void activity_command(struct session *s, const char *verb);

/* process_titles = user: ps(1) shows the user and the verb; "": no command runs. */
void activity_title(const struct session *s, const char *verb);

/* Reports at the next chance: for TLS, and for a scribe that has just started. */
void activity_report_now(struct session *s);

/* When a report is due, on the monotonic clock; INT64_MAX: none is. */
int64_t activity_due(const struct session *s);

/* Sends the report if it is due.  Never waits. */
void activity_report(struct session *s, int64_t now);

#endif
