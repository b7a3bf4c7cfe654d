/* SPDX-License-Identifier: BSD-2-Clause */
/* policy.c - runs in auth: a user's policy. */
#include "daemon/auth/policy.h"

#include "common/home_pattern.h"
#include "common/text.h"
#include "daemon/ipc/policy.h"

#include <string.h>

static uint32_t rights_of(const struct policy *policy)
{
    uint32_t rights = policy->rights;
    if (policy->read_only)
        rights &= RIGHTS_READ;
    if (policy->dropbox)
        rights &= RIGHT_UPLOAD;
    return rights;
}

/* What auth keeps ledgers of, so that JAIL must ask. */
static uint32_t asks_of(const struct policy *policy)
{
    uint32_t asks = 0;
    if (policy->quota_bytes || policy->quota_files)
        asks |= ASKS_QUOTA;
    if (policy->user_rate_up || policy->user_rate_down)
        asks |= ASKS_RATE;
    if (policy->list_owner == OWNER_NAMES)
        asks |= ASKS_OWNER;
    return asks;
}

/* Fills in all of *out from out->rules. */
static void apply_rules(const struct config *config, struct user_policy *out)
{
    const struct policy *rules = &out->rules;
    policy_copy_to_net(rules, &out->net);
    policy_copy_to_jail(rules, &out->jail);
    out->net.rights = out->jail.rights = rights_of(rules);
    out->net.data_timeout = config->data_timeout;
    if (out->net.idle_timeout == 0)
        out->net.idle_timeout = config->idle_timeout;
    out->jail.asks = asks_of(rules);
}

void policy_of(const struct config *config, const char *name, const struct membership *groups,
               struct user_policy *out)
{
    memset(out, 0, sizeof *out);
    config_policy(config, name, &groups->section, groups->section != NULL, &out->rules);
    apply_rules(config, out);
    (void)text_copy(out->group, sizeof out->group, groups->section ? groups->section : "");
}

/* New files are allowed in the upload directory, whatever else the policy says;
 * listings do not show its files unless the configuration says so.  NET does not
 * know the directories: it refuses only what is refused in all of them. */
static void add_uploads(const struct anonymous_config *guests, struct user_policy *out)
{
    if (!*guests->upload_directory)
        return;
    out->jail.upload_rights = RIGHT_UPLOAD | RIGHT_LIST;
    out->jail.list_uploads = guests->list_uploads;
    (void)text_copy(out->jail.upload_directory, sizeof out->jail.upload_directory,
                    guests->upload_directory);
    out->net.rights |= out->jail.upload_rights;
}

void policy_of_guests(const struct config *config, struct user_policy *out)
{
    memset(out, 0, sizeof *out);
    config_guests(config, &out->rules);
    apply_rules(config, out);
    add_uploads(&config->anonymous, out);
}

bool policy_home(const struct policy *rules, const char *own, const char *name, char *to,
                 size_t room)
{
    if (*own)
        return text_copy(to, room, own);
    return *rules->home && home_pattern_expand(rules->home, name, to, room);
}
