/* SPDX-License-Identifier: BSD-2-Clause */
/* policy.h - what the configuration lets a user do, as NET and JAIL need it. */
#ifndef AUTH_POLICY_H
#define AUTH_POLICY_H

#include "daemon/auth/groups.h"
#include "daemon/protocol/auth_jail.h"
#include "daemon/protocol/net_auth.h"
#include "daemon/config/config.h"

struct user_policy {
    /* from the nearest sections; auth uses those that neither NET nor JAIL gets */
    struct policy rules;
    struct net_policy net;
    struct jail_policy jail;
    char group[NAME_ROOM]; /* the [group] that applies; empty: none */
};

void policy_of(const struct config *config, const char *name, const struct membership *groups,
               struct user_policy *out);

/* What [anonymous] lets guests do. */
void policy_of_guests(const struct config *config, struct user_policy *out);

/* The user's home: that of the row, or where the row has none, that of the pattern `home`.  False:
 * there is none, or the name can't be part of a path. */
bool policy_home(const struct policy *rules, const char *own, const char *name, char *to,
                 size_t room);

#endif
