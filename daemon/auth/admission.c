/* SPDX-License-Identifier: BSD-2-Clause */
/* admission.c - runs in auth: decides who may log in, and as what.  The client
 * chose the name; what is wrong with it is only logged (law L1). */
#include "daemon/auth/admission.h"

#include "common/addr.h"
#include "common/home_pattern.h"
#include "common/text.h"
#include "daemon/auth/state.h"
#include "daemon/ipc/log.h"

#include "daemon/protocol/errand.h"

#include <string.h>
#include <strings.h>
#include <time.h>

static enum refusal check_user(const struct auth *auth, const struct attempt *attempt,
                               const struct user *user)
{
    if (attempt->too_long)
        return REFUSED_LONG;
    if (!user)
        return REFUSED_UNKNOWN;
    if (!roles_uid_may_log_in(auth->config, auth->ids, user->uid))
        return REFUSED_UID;
    if (!roles_gid_may_log_in(auth->config, auth->ids, user->gid))
        return REFUSED_GID;
    if (attempt->guest)
        return REFUSED_NOT;
    if (user->worth == HASH_LOCKED)
        return REFUSED_LOCKED;
    if (user->worth == HASH_WEAK || user->worth == HASH_UNKNOWN)
        return REFUSED_HASH;
    return REFUSED_NOT;
}

static bool is_in_hours(const struct hours windows[HOURS_MAX], const struct tm *now)
{
    bool any = false;
    for (size_t i = 0; i < HOURS_MAX && windows[i].days != 0; i++) {
        if (hours_hold(&windows[i], now))
            return true;
        any = true;
    }
    return !any;
}

/* Address and time, in the time zone of [defaults]. */
static enum refusal check_place_and_time(const struct attempt *attempt)
{
    const struct policy *policy = &attempt->policy.rules;
    const time_t seconds = time(NULL);
    struct tm now;
    if (!addr_is_allowed(&attempt->peer, policy->allowed_addresses, policy->denied_addresses))
        return REFUSED_ADDRESS;
    if (!localtime_r(&seconds, &now))
        return REFUSED_HOURS;
    if (policy->expires != 0 && date_of(&now) > policy->expires)
        return REFUSED_EXPIRED;
    return is_in_hours(policy->hours, &now) ? REFUSED_NOT : REFUSED_HOURS;
}

/* What this user needs in addition to the password (law T6). If the listener
 * requires TLS, NET has refused the name before: only a taken NET gets here
 * without TLS. */
static enum refusal check_connection(const struct attempt *attempt)
{
    const char *wanted = attempt->policy.rules.client_subject;
    const bool tls = attempt->tls_required || attempt->policy.rules.tls_mode == TLS_REQUIRED;
    if (tls && !attempt->tls)
        return REFUSED_TLS;
    if (*wanted && strcmp(wanted, attempt->subject) != 0)
        return REFUSED_CERTIFICATE;
    return check_place_and_time(attempt);
}

static void copy_groups(struct attempt *attempt, const struct membership *groups)
{
    attempt->who.group_count = (uint32_t)groups->gid_count;
    memcpy(attempt->who.groups, groups->gids, sizeof attempt->who.groups);
    if (groups->beyond)
        log_cell(attempt->number, LOG_LEVEL_WARNING,
                 "user %s is in %zu groups beyond the %d that are allowed", attempt->name,
                 groups->beyond, GROUPS_MAX);
    if (groups->refused)
        log_cell(
            attempt->number, LOG_LEVEL_WARNING,
            "user %s does not get %zu of its groups: forbidden_groups, root's and the daemon's own",
            attempt->name, groups->refused);
}

/* more: of another source than the group file; may be NULL. */
static void take_rights(const struct auth *auth, struct attempt *attempt, const struct user *user,
                        const struct group_list *more)
{
    struct membership groups;
    groups_of(auth->files.groups, auth->config, auth->ids, user->name, attempt->who.gid, more,
              &groups);
    copy_groups(attempt, &groups);
    if (attempt->guest)
        policy_of_guests(auth->config, &attempt->policy);
    else
        policy_of(auth->config, attempt->name, &groups, &attempt->policy);
    if (attempt->policy.rules.list_owner != OWNER_NUMBERS) {
        const char *group = groups_name(auth->files.groups, attempt->who.gid);
        (void)text_copy(attempt->policy.jail.user, NAME_ROOM, attempt->name);
        (void)text_copy(attempt->policy.jail.group, NAME_ROOM, group ? group : "");
    }
    attempt->who.policy = attempt->policy.jail;
}

/* Guests have an account in the user file; all of them share it. */
static bool shares_uid(const struct auth *auth, const struct attempt *attempt,
                       const struct users *users, const struct user *user)
{
    const struct user *guests =
        auth->config->guests ? users_find(users, auth->config->anonymous.account) : NULL;
    return attempt->guest || (guests && guests->uid == user->uid) || users_share(users, user->uid);
}

static void take_identity(struct attempt *attempt, const struct user *user)
{
    if ((user->worth == HASH_OLD || user->worth == HASH_WAIVED) && !attempt->guest)
        log_cell(attempt->number, LOG_LEVEL_WARNING, "the hash of user %s %s", user->name,
                 hash_worth_text(user->worth));
    attempt->who.uid = user->uid;
    attempt->who.gid = user->gid;
}

static enum refusal take_home(const struct config *config, struct attempt *attempt,
                              const struct user *user)
{
    const char *pattern = attempt->policy.rules.home;
    attempt->home_may_come =
        config->create_home && !attempt->guest && !*user->home && home_pattern_fixed(pattern) > 0;
    attempt->who.home_may_come = attempt->home_may_come;
    if (policy_home(&attempt->policy.rules, user->home, user->name, attempt->who.home,
                    sizeof attempt->who.home))
        return REFUSED_NOT;
    log_cell(attempt->number, LOG_LEVEL_WARNING,
             *pattern ? "user %s has no home: the name cannot be part of a path"
                      : "user %s has no home: its row names none, and no `home` is configured",
             user->name);
    return REFUSED_HOME;
}

/* The user with this name; for a guest's name, the guests' account, if guests may
 * log in and this user file has it.  From then on all guests have the same name:
 * in the log, and in counts by user. */
static const struct user *find_user(const struct auth *auth, struct attempt *attempt,
                                    const struct users *users)
{
    const bool named =
        strcasecmp(attempt->name, GUEST_NAME) == 0 || strcasecmp(attempt->name, "ftp") == 0;
    const struct user *account =
        named && auth->config->guests ? users_find(users, auth->config->anonymous.account) : NULL;
    attempt->guest = account != NULL;
    if (attempt->guest)
        (void)text_copy(attempt->name, sizeof attempt->name, GUEST_NAME);
    else if (named && auth->config->guests)
        log_cell(attempt->number, LOG_LEVEL_WARNING, "no guests: the user file has no account %s",
                 auth->config->anonymous.account);
    return attempt->guest ? account : users_find(users, attempt->name);
}

/* Only for the first user file: those of [host] sections keep their users apart. */
static enum login_source source_of(const struct auth *auth, const struct attempt *attempt,
                                   const struct user *user)
{
    const bool named =
        strcasecmp(attempt->name, GUEST_NAME) == 0 || strcasecmp(attempt->name, "ftp") == 0;
    const bool asks = !user && !named && attempt->file == 0 && attempt->refusal == REFUSED_UNKNOWN;
    return asks && *auth->config->checker ? SOURCE_CHECKER : SOURCE_FILE;
}

enum refusal admission_found(const struct auth *auth, struct attempt *attempt,
                             const struct errand_found *found)
{
    const struct user user = { .name = attempt->name,
                               .home = found->home,
                               .uid = found->uid,
                               .gid = found->gid,
                               .worth = HASH_GOOD };
    const struct group_list more = { .gids = found->groups, .count = found->group_count };
    enum refusal refusal = check_user(auth, attempt, &user);
    if (refusal != REFUSED_NOT)
        return refusal;
    take_identity(attempt, &user);
    attempt->who.shares_uid = true; /* how many others have it is not known */
    take_rights(auth, attempt, &user, &more);
    refusal = take_home(auth->config, attempt, &user);
    return refusal == REFUSED_NOT ? check_connection(attempt) : refusal;
}

bool admission_check(const struct auth *auth, struct attempt *attempt)
{
    const struct users *users = auth->files.users[attempt->file].users;
    if (!users || auth->files.groups_lack)
        return false;
    const struct user *user = find_user(auth, attempt, users);
    attempt->refusal = check_user(auth, attempt, user);
    attempt->source = source_of(auth, attempt, user);
    if (user && attempt->refusal == REFUSED_NOT) {
        take_identity(attempt, user);
        attempt->who.shares_uid = shares_uid(auth, attempt, users, user);
        take_rights(auth, attempt, user, NULL);
        attempt->refusal = take_home(auth->config, attempt, user);
    }
    if (user && attempt->refusal == REFUSED_NOT)
        attempt->refusal = check_connection(attempt);
    const bool own = user && attempt->refusal == REFUSED_NOT;
    attempt->rehash = own && auth->config->rehash && !attempt->guest &&
                      (user->worth == HASH_OLD || user->worth == HASH_WAIVED);
    (void)text_copy(attempt->hash, sizeof attempt->hash, own ? user->hash : users_dummy(users));
    return true;
}
