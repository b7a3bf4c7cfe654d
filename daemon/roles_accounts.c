/* SPDX-License-Identifier: BSD-2-Clause */
/* roles_accounts.c - runs in the master: the system accounts of the roles. */
#include "daemon/roles.h"

#include "common/text.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>

static int complain_of(config_complain *complain, void *context, const char *account,
                       const char *what)
{
    char line[256];
    (void)text_format(line, sizeof line, "the system user %s %s", account, what);
    complain(context, true, line);
    return -EINVAL;
}

/* The uids of different accounts must differ. */
static bool is_taken(const struct role_ids *ids, size_t role, uid_t uid)
{
    for (size_t i = 0; i < ROLES; i++) {
        if (i != role && ids->uid[i] == uid && roles[i].account != roles[role].account)
            return true;
    }
    return false;
}

static int look_up(const struct config *config, size_t role, struct role_ids *ids,
                   config_complain *complain, void *context)
{
    const char *account = (const char *)config + roles[role].account;
    const struct passwd *entry = getpwnam(account);
    if (!entry && !roles_wanted(config, (enum role)role))
        return 0;
    if (!entry)
        return complain_of(complain, context, account,
                           "does not exist; scripts/make-accounts makes it");
    int result = 0;
    if (entry->pw_uid == 0 || entry->pw_gid == 0)
        result =
            complain_of(complain, context, account, "is root; every role needs an own account");
    else if (is_taken(ids, role, entry->pw_uid))
        result = complain_of(complain, context, account, "shares its uid with another role");
    ids->uid[role] = entry->pw_uid;
    ids->gid[role] = entry->pw_gid;
    return result;
}

int roles_look_up(const struct config *config, struct role_ids *ids, config_complain *complain,
                  void *context)
{
    int result = 0;
    for (size_t i = 0; i < ROLES; i++) {
        if (roles[i].account && ids->uid[i] == 0 && look_up(config, i, ids, complain, context) != 0)
            result = -EINVAL;
    }
    return result;
}
