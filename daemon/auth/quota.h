/* SPDX-License-Identifier: BSD-2-Clause */
/* quota.h - quotas, and rates that a user's sessions share. */
#ifndef AUTH_QUOTA_H
#define AUTH_QUOTA_H

#include "daemon/auth/cell.h"

struct auth;
struct hand_quota;

/* Everything that a JAIL may send. */
union jail_message {
    struct message_head head;
    JAIL_TO_AUTH(BORDER_MEMBER)
};

/* The cell has logged in. */
void quota_begin(struct auth *auth, struct cell *cell, const struct attempt *attempt);
/* The same of a session that logged in at the predecessor.  False: its ledger is missing. */
bool quota_adopt(struct auth *auth, struct cell *cell, const struct hand_quota *from);
/* A JAIL's request after the log-in.  False: it is not allowed now. */
bool quota_serve(struct auth *auth, struct cell *cell, const union jail_message *message);
/* JAIL's channel has ended: it no longer waits or counts. */
void quota_jail_gone(struct auth *auth, struct cell *cell);
/* Both processes have ended: closes a lease that is still open. */
void quota_cell_gone(struct auth *auth, struct cell *cell);

#endif
