/* policy.c - runs in auth: a user's policy. */
#include "daemon/auth/policy.h"

#include "common/text.h"

#include <string.h>

void policy_of(const struct config *config, const char *name, const struct membership *groups,
               struct user_policy *out)
{
    struct policy policy;
    memset(out, 0, sizeof *out);
    config_policy(config, name, groups->names, groups->name_count, &policy);
    const uint32_t rights = policy.read_only ? RIGHTS_READ : RIGHTS_ALL;
    out->max_sessions = policy.max_sessions_per_user;
    out->max_per_group = policy.max_sessions_per_group;
    const char *group = config_group(config, groups->names, groups->name_count);
    (void)text_copy(out->group, sizeof out->group, group ? group : "");
    out->tls_mode = policy.tls_mode;
    (void)text_copy(out->client_subject, sizeof out->client_subject, policy.client_subject);
    out->net = (struct net_policy){
        .rate_up = policy.rate_up,
        .rate_down = policy.rate_down,
        .idle_timeout = policy.idle_timeout ? policy.idle_timeout : config->idle_timeout,
        .data_timeout = config->data_timeout,
        .tls_data = policy.tls_data,
        .rights = rights,
    };
    out->jail = (struct jail_policy){
        .rights = rights,
        .umask = policy.umask,
        .atomic_uploads = policy.uploads == UPLOADS_ATOMIC,
        .sync_uploads = policy.sync_uploads,
        .hide_dot_files = policy.hide_dot_files,
    };
}
