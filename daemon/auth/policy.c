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

/* What auth has ledgers of, JAIL has to ask about; and NET has words for. */
static void set_ledgers(const struct policy *policy, struct user_policy *out)
{
    out->net.quota_bytes = policy->quota_bytes;
    out->net.quota_files = policy->quota_files;
    out->net.user_rate_up = policy->user_rate_up;
    out->net.user_rate_down = policy->user_rate_down;
    if (policy->quota_bytes || policy->quota_files)
        out->jail.asks |= ASKS_QUOTA;
    if (policy->user_rate_up || policy->user_rate_down)
        out->jail.asks |= ASKS_RATE;
    if (policy->list_owner == OWNER_NAMES)
        out->jail.asks |= ASKS_OWNER;
    out->names_owner = policy->list_owner != OWNER_NUMBERS;
    out->quota_recount = policy->quota_recount;
}

static void set_lists(const struct policy *policy, struct user_policy *out)
{
    (void)text_copy(out->jail.time_zone, sizeof out->jail.time_zone, policy->time_zone);
    memcpy(out->jail.hide, policy->hide, sizeof out->jail.hide);
    memcpy(out->jail.deny, policy->deny, sizeof out->jail.deny);
    memcpy(out->net.allowed_commands, policy->allowed_commands, sizeof out->net.allowed_commands);
    memcpy(out->net.denied_commands, policy->denied_commands, sizeof out->net.denied_commands);
}

/* out is zeroed and filled, but for what only some users have. */
static void put_into_words(const struct config *config, const struct policy *policy, struct user_policy *out)
{
    const uint32_t rights = rights_of(policy);
    memset(out, 0, sizeof *out);
    set_conditions(policy, out);
    out->net = (struct net_policy){
        .rate_up = policy->rate_up,
        .rate_down = policy->rate_down,
        .idle_timeout = policy->idle_timeout ? policy->idle_timeout : config->idle_timeout,
        .data_timeout = config->data_timeout,
        .tls_data = policy->tls_data,
        .rights = rights,
        .max_file_size = policy->max_file_size,
        .hash_rate = policy->hash_rate,
        .sync_uploads = policy->sync_uploads,
    };
    out->jail = (struct jail_policy){
        .rights = rights,
        .umask = policy->umask,
        .atomic_uploads = policy->uploads == UPLOADS_ATOMIC,
        .sync_uploads = policy->sync_uploads,
        .failed_uploads = policy->failed_uploads,
        .part_lifetime = policy->failed_upload_lifetime,
        .hide_dot_files = policy->hide_dot_files,
        .file_mode = policy->file_mode,
        .directory_mode = policy->directory_mode,
        .max_file_size = policy->max_file_size,
    };
    set_ledgers(policy, out);
    set_lists(policy, out);
}

void policy_of(const struct config *config, const char *name, const struct membership *groups,
               struct user_policy *out)
{
    struct policy policy;
    config_policy(config, name, &groups->section, groups->section != NULL, &policy);
    put_into_words(config, &policy, out);
    (void)text_copy(out->group, sizeof out->group, groups->section ? groups->section : "");
}

/* New files may be put into the upload directory, whatever else the policy says; its
 * listings show nothing of what is there unless the configuration wants it.  NET knows no
 * places: what is refused to it must be refused in all of them. */
static void add_uploads(const struct anonymous_config *guests, struct user_policy *out)
{
    if (!*guests->upload_directory)
        return;
    out->jail.upload_rights = RIGHT_UPLOAD | RIGHT_LIST;
    out->jail.list_uploads = guests->list_uploads;
    (void)text_copy(out->jail.upload_directory, sizeof out->jail.upload_directory, guests->upload_directory);
    out->net.rights |= out->jail.upload_rights;
}

void policy_of_guests(const struct config *config, struct user_policy *out)
{
    struct policy policy;
    config_guests(config, &policy);
    put_into_words(config, &policy, out);
    add_uploads(&config->anonymous, out);
}
