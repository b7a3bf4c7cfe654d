/* SPDX-License-Identifier: BSD-2-Clause */
/* policy.h - the policy keys that options.def sends to NET and to JAIL: from the
 * configuration into the messages, and the check of their bounds at the other
 * end.  Made from the rows of options.def.  Pure. */
#ifndef IPC_POLICY_H
#define IPC_POLICY_H

#include "daemon/config/config.h"
#include "daemon/protocol/auth_jail.h"
#include "daemon/protocol/net_auth.h"

void policy_copy_to_net(const struct policy *policy, struct net_policy *net);
void policy_copy_to_jail(const struct policy *policy, struct jail_policy *jail);

/* Is every number within its key's range, and does every text end?  Only the
 * keys are looked at; 0 always fits, as the policy of a refused log-in is empty. */
bool policy_fits_net(const struct net_policy *net);
bool policy_fits_jail(const struct jail_policy *jail);

#endif
