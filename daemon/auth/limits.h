/* SPDX-License-Identifier: BSD-2-Clause */
/* limits.h - sessions of each user and group. */
#ifndef AUTH_LIMITS_H
#define AUTH_LIMITS_H

#include "daemon/auth/cell.h"

struct auth;

/* The limit that is reached, and its value; or AUTH_OK. */
enum auth_result limits_check(struct auth *auth, const char *user, const struct user_policy *policy,
                              uint32_t *limit);
/* Counts the cell's session; group: empty if none is counted.  False: no memory. */
bool limits_begin(struct auth *auth, struct cell *cell, const char *user, const char *group);
void limits_end(struct auth *auth, struct cell *cell);

#endif
