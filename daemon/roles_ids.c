/* roles_ids.c - which ids no session may have.  Auth judges by it, JAIL repeats
 * it for what auth says, and JAIL's first filter pins the ids by it. */
#include "daemon/roles.h"

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
