/* SPDX-License-Identifier: BSD-2-Clause */
/* login.h - the steps of a log-in: what each event does. */
#ifndef AUTH_LOGIN_H
#define AUTH_LOGIN_H

#include "daemon/auth/cell.h"
#include "daemon/auth/errand.h"
#include "daemon/auth/hash.h"
#include "daemon/protocol/net_auth.h"

struct auth;

/* NET's requests: a password to check, or a USER without a PASS. */
void login_ask(struct auth *auth, struct cell *cell, const struct auth_login *ask);
void login_nopass(struct auth *auth, struct cell *cell);
/* A hasher has answered. */
void login_hashed(struct auth *auth, struct attempt *attempt, const struct hash_result *result);
/* What a log-in waits for was done, or could not be: its home, or the question to its source. */
void login_errand_ended(struct auth *auth, const struct errand_end *end);
/* JAIL reports whether it has become the user. */
void login_jail_answer(struct auth *auth, struct cell *cell, const struct jail_who_answer *answer);
/* The master and the dialer know of the log-in: answers NET. */
void login_admitted(struct auth *auth, struct cell *cell);
/* The master has ended; the user file has come; the cell's time is over. */
void login_master_gone(struct auth *auth);
/* Log-ins that are under way fail: a successor comes. */
void login_abandon(struct auth *auth);
void login_file_came(struct auth *auth, unsigned index);
void login_overdue(struct auth *auth, struct cell *cell);
/* Gives waiting passwords to free hashers. */
void login_hash_next(struct auth *auth);
/* Asks the sources of those who wait, as many as may be asked at a time. */
void login_ask_next(struct auth *auth);

/* The end of NET's channel, of JAIL's, and of both processes. */
void login_net_gone(struct auth *auth, struct cell *cell);
void login_jail_gone(struct auth *auth, struct cell *cell);
void login_cell_gone(struct auth *auth, struct cell *cell);

#endif
