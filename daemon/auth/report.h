/* SPDX-License-Identifier: BSD-2-Clause */
/* report.h - what auth sends to master and scribe without a request.  Waits up to
 * a second if they are busy. */
#ifndef AUTH_REPORT_H
#define AUTH_REPORT_H

#include "daemon/auth/attempt.h"

struct auth;

void report_logged_in(const struct auth *auth, const struct attempt *attempt);
void report_users_changed(const struct auth *auth);
void report_state_bad(const struct auth *auth);
/* Does not wait.  False: the master's channel is full at the moment, or gone. */
bool report_ban(const struct auth *auth, const struct key *key, uint32_t seconds);
/* The ban is lifted. */
void report_unban(const struct auth *auth, const struct key *key);
/* How a log-in ended, for the log; error: the errno of REFUSED_HOME. */
void report_login(const struct attempt *attempt, enum refusal refusal, uint32_t error,
                  enum limit limit);

#endif
