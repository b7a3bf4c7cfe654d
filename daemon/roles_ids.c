/* SPDX-License-Identifier: BSD-2-Clause */
/* roles_ids.c - the ids that no session may have.  Auth checks them, JAIL repeats
 * the check for what auth says, and JAIL's first filter pins them. */
#include "daemon/roles.h"

static bool has_names(const struct config *config)
{
    for (uint32_t i = 0; i < config->listener_count; i++) {
        for (size_t k = 0; k < PASSIVE_RULES_MAX; k++) {
            if (config->listeners[i].passive_address[k].name[0])
                return true;
        }
    }
    return false;
}

static bool has_balancers(const struct config *config)
{
    for (uint32_t i = 0; i < config->listener_count; i++) {
        if (*config->listeners[i].proxy_from)
            return true;
    }
    return false;
}

bool roles_wanted(const struct config *config, enum role role)
{
    switch (role) {
    case ROLE_RESOLVER:
        return has_names(config);
    case ROLE_GREETER:
        return has_balancers(config);
    case ROLE_EVENTS:
        return config->events_socket[0] != '\0';
    case ROLE_METRICS:
        return *config->metrics;
    default:
        return true;
    }
}

static bool is_forbidden_gid(const struct config *config, gid_t gid)
{
    for (uint32_t i = 0; i < config->forbidden_gid_count; i++) {
        if (config->forbidden_gids[i] == gid)
            return true;
    }
    return false;
}

bool roles_uid_may_log_in(const struct config *config, const struct role_ids *ids, uid_t uid)
{
    if (uid == 0 || uid < config->minimum_uid || uid == (uid_t)-1)
        return false;
    for (size_t i = 0; i < ROLES; i++) {
        if (ids->uid[i] == uid)
            return false;
    }
    return true;
}

bool roles_gid_may_log_in(const struct config *config, const struct role_ids *ids, gid_t gid)
{
    if (gid == 0 || gid == (gid_t)-1 || is_forbidden_gid(config, gid))
        return false;
    for (size_t i = 0; i < ROLES; i++) {
        if (ids->gid[i] == gid)
            return false;
    }
    return true;
}
