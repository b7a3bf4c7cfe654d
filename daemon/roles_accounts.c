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

int roles_look_up(const struct config *config, struct role_ids *ids, config_complain *complain,
                  void *context)
{
    int result = 0;
    memset(ids, 0, sizeof *ids);
    for (size_t i = 0; i < ROLES; i++) {
        if (!roles[i].account)
            continue;
        const char *account = (const char *)config + roles[i].account;
        const struct passwd *entry = getpwnam(account);
        if (!entry && !roles_wanted(config, (enum role)i))
            continue;
        if (!entry) {
            result = complain_of(complain, context, account,
                                 "does not exist; scripts/make-accounts makes it");
            continue;
        }
        if (entry->pw_uid == 0 || entry->pw_gid == 0)
            result =
                complain_of(complain, context, account, "is root; every role needs an own account");
        ids->uid[i] = entry->pw_uid;
        ids->gid[i] = entry->pw_gid;
        for (size_t k = 0; k < i; k++) {
            if (roles[k].account && roles[k].account != roles[i].account &&
                ids->uid[k] == entry->pw_uid)
                result =
                    complain_of(complain, context, account, "shares its uid with another role");
        }
    }
    return result;
}
