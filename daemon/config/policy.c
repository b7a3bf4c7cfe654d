/* SPDX-License-Identifier: BSD-2-Clause */
/* policy.c - what a user may do: the nearest section wins, key by key.
 * Runs in auth. */
#include "daemon/config/table.h"

#include <string.h>

static void overlay(struct policy *policy, const struct policy *nearer)
{
    for (size_t i = 0; i < option_count; i++) {
        const struct option_row *row = &option_rows[i];
        if (row->block == BLOCK_POLICY && nearer->set & option_policy_bit(i))
            memcpy((char *)policy + row->offset, (const char *)nearer + row->offset, row->room);
    }
    policy->set |= nearer->set;
}

static bool is_among(const char *name, const char *const *groups, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(groups[i], name) == 0)
            return true;
    }
    return false;
}

/* The first [group] in the order of the file, whatever the order of the user's groups. */
static const struct named_policy *find_group(const struct config *config, const char *const *groups,
                                             size_t count)
{
    for (uint32_t i = 0; i < config->policy_count; i++) {
        const struct named_policy *policy = &config->policies[i];
        if (policy->kind == POLICY_GROUP && is_among(policy->name, groups, count))
            return policy;
    }
    return NULL;
}

const char *config_group(const struct config *config, const char *const *groups, size_t group_count)
{
    const struct named_policy *policy = find_group(config, groups, group_count);
    return policy ? policy->name : NULL;
}

void config_policy(const struct config *config, const char *user, const char *const *groups,
                   size_t group_count, struct policy *out)
{
    *out = config->defaults;
    const struct named_policy *group = find_group(config, groups, group_count);
    if (group)
        overlay(out, &group->policy);
    for (uint32_t i = 0; i < config->policy_count; i++) {
        const struct named_policy *policy = &config->policies[i];
        if (policy->kind == POLICY_USER && strcmp(policy->name, user) == 0)
            overlay(out, &policy->policy);
    }
}

void config_guests(const struct config *config, struct policy *out)
{
    *out = config->defaults;
    out->read_only = true;
    out->umask = 077; /* guests' uploads are for the administrator to check first */
    overlay(out, &config->anonymous.policy);
}
