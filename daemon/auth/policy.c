/* policy.c - runs in auth: a user's policy. */
#include "daemon/auth/policy.h"

#include "common/text.h"

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

static void set_conditions(const struct policy *policy, struct user_policy *out)
{
    out->max_sessions = policy->max_sessions_per_user;
    out->max_per_group = policy->max_sessions_per_group;
    out->tls_mode = policy->tls_mode;
    out->expires = policy->expires;
    memcpy(out->hours, policy->hours, sizeof out->hours);
    memcpy(out->allowed_addresses, policy->allowed_addresses, sizeof out->allowed_addresses);
    memcpy(out->start, policy->start_directory, sizeof out->start);
    (void)text_copy(out->client_subject, sizeof out->client_subject, policy->client_subject);
}

static void set_lists(const struct policy *policy, struct user_policy *out)
{
    memcpy(out->jail.hide, policy->hide, sizeof out->jail.hide);
    memcpy(out->jail.deny, policy->deny, sizeof out->jail.deny);
    memcpy(out->net.allowed_commands, policy->allowed_commands, sizeof out->net.allowed_commands);
    memcpy(out->net.denied_commands, policy->denied_commands, sizeof out->net.denied_commands);
}

void policy_of(const struct config *config, const char *name, const struct membership *groups,
               struct user_policy *out)
{
    struct policy policy;
    memset(out, 0, sizeof *out);
    config_policy(config, name, groups->names, groups->name_count, &policy);
    const uint32_t rights = rights_of(&policy);
    set_conditions(&policy, out);
    const char *group = config_group(config, groups->names, groups->name_count);
    (void)text_copy(out->group, sizeof out->group, group ? group : "");
    out->net = (struct net_policy){
        .rate_up = policy.rate_up,
        .rate_down = policy.rate_down,
        .idle_timeout = policy.idle_timeout ? policy.idle_timeout : config->idle_timeout,
        .data_timeout = config->data_timeout,
        .tls_data = policy.tls_data,
        .rights = rights,
        .max_file_size = policy.max_file_size,
    };
    out->jail = (struct jail_policy){
        .rights = rights,
        .umask = policy.umask,
        .atomic_uploads = policy.uploads == UPLOADS_ATOMIC,
        .sync_uploads = policy.sync_uploads,
        .hide_dot_files = policy.hide_dot_files,
        .file_mode = policy.file_mode,
        .directory_mode = policy.directory_mode,
        .max_file_size = policy.max_file_size,
    };
    set_lists(&policy, out);
}
