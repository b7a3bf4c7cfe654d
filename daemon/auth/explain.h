/* SPDX-License-Identifier: BSD-2-Clause */
/* explain.h - what auth knows of a user or an address, for an administrator. */
#ifndef AUTH_EXPLAIN_H
#define AUTH_EXPLAIN_H

#include "daemon/protocol/control.h"

struct auth;

/* Would this user get in from this address (none: from any that is allowed), with the right
 * password and under TLS?  Fills in .numbers (enum control_explained) and .text: lines for people,
 * with what to do. */
void explain_user(struct auth *auth, const struct control_ask *ask, struct control_answer *answer);

/* Bans and failures of the address and its network. */
void explain_address(struct auth *auth, const struct control_ask *ask,
                     struct control_answer *answer);

#endif
