/* SPDX-License-Identifier: BSD-2-Clause */
/* limits.c - runs in auth: sessions of each user and of each group. */
#include "daemon/auth/limits.h"

#include "daemon/auth/state.h"

enum auth_result limits_check(struct auth *auth, const char *user, const struct user_policy *policy,
                              uint32_t *limit)
{
    *limit = policy->rules.max_sessions_per_user;
    if (*limit && per_user_sessions(&auth->per_user, user) >= *limit)
        return AUTH_TOO_MANY;
    *limit = policy->rules.max_sessions_per_group;
    if (*limit && policy->group[0] && per_user_sessions(&auth->per_group, policy->group) >= *limit)
        return AUTH_TOO_MANY_OF_GROUP;
    return AUTH_OK;
}

bool limits_begin(struct auth *auth, struct cell *cell, const char *user, const char *group)
{
    cell->counted = per_user_begin(&auth->per_user, user);
    cell->group_counted = group[0] ? per_user_begin(&auth->per_group, group) : NULL;
    if (cell->counted && (cell->group_counted || !group[0]))
        return true;
    limits_end(auth, cell);
    return false;
}

void limits_end(struct auth *auth, struct cell *cell)
{
    per_user_turn_give(cell->counted, &cell->turn);
    per_user_end(&auth->per_user, cell->counted);
    per_user_end(&auth->per_group, cell->group_counted);
    cell->counted = cell->group_counted = NULL;
}
