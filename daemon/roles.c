/* roles.c - the table of who may do what. */
#include "daemon/roles.h"

#include "common/text.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/* The master forks everybody, so it needs what they need to become who they
 * are, and no more: no CAP_DAC_OVERRIDE, no CAP_SYS_PTRACE, no CAP_CHOWN. */
static const cap_value_t master_capabilities[] = {
    CAP_DAC_READ_SEARCH,  /* opens user file, keys and logs where their owner is not root */
    CAP_KILL,             /* ends a session that does not end by itself */
    CAP_SETGID,           /* the children's groups */
    CAP_SETPCAP,          /* empties the children's bounding sets */
    CAP_SETUID,           /* the children's uids */
    CAP_NET_BIND_SERVICE, /* port 21 */
    CAP_SYS_CHROOT,       /* the children's roots */
    CAP_SYS_ADMIN,        /* private namespaces */
    CAP_SYS_RESOURCE,     /* descriptors in flight to thousands of sessions */
};

static const cap_value_t dialer_capabilities[] = {
    CAP_NET_BIND_SERVICE, /* source port 20; kept only where a listener says active_port = 20 */
};

static const cap_value_t jail_capabilities[] = {
    CAP_SETUID,     /* once, to the user */
    CAP_SETGID,     /* once, to the user's groups */
    CAP_SYS_CHROOT, /* once, into the home */
};

#define ACCOUNT(field) offsetof(struct config, field)
#define CAPABILITIES(list) .capabilities = (list), .capability_count = COUNT(list)

const struct role_row roles[ROLES] = {
    [ROLE_MASTER] = { .name = "wardftpd",
                      CAPABILITIES(master_capabilities),
                      .limits = { .nproc = UINT32_MAX, .fsize = RLIM_INFINITY } },
    [ROLE_AUTH] = { .name = "ward-auth",
                    .account = ACCOUNT(auth_user),
                    .empty_root = true,
                    .limits = { .nproc = UINT32_MAX, .fsize = RLIM_INFINITY } },
    [ROLE_HASHER] = { .name = "ward-hasher",
                      .account = ACCOUNT(auth_user),
                      .empty_root = true,
                      .limits = { .nofile = 8, .nproc = 0, .fsize = 0 } },
    [ROLE_DIALER] = { .name = "ward-dialer",
                      .account = ACCOUNT(dialer_user),
                      .empty_root = true,
                      CAPABILITIES(dialer_capabilities),
                      .limits = { .nproc = 0, .fsize = 0 } },
    [ROLE_KEEPER] = { .name = "ward-keeper",
                      .account = ACCOUNT(keeper_user),
                      .empty_root = true,
                      .limits = { .nproc = 0, .fsize = 0, .memlock = true } },
    [ROLE_SCRIBE] = { .name = "ward-scribe",
                      .account = ACCOUNT(scribe_user),
                      .empty_root = true,
                      .limits = { .nproc = 0, .fsize = RLIM_INFINITY } },
    [ROLE_NET] = { .name = "ward-net",
                   .account = ACCOUNT(net_user),
                   .empty_root = true,
                   .limits = { .nofile = 16, .nproc = 0, .fsize = RLIM_INFINITY } },
    [ROLE_JAIL_BEFORE] = { .name = "ward-jail",
                           .account = ACCOUNT(jail_user),
                           CAPABILITIES(jail_capabilities),
                           .limits = { .nproc = 0, .fsize = RLIM_INFINITY } },
    [ROLE_JAIL] = { .name = "ward-jail", .limits = { .nproc = 0, .fsize = RLIM_INFINITY } },
};

static int complain_of(config_complain *complain, void *context, const char *account, const char *what)
{
    char line[256];
    (void)text_format(line, sizeof line, "the system user %s %s", account, what);
    complain(context, true, line);
    return -EINVAL;
}

int roles_look_up(const struct config *config, struct role_ids *ids, config_complain *complain, void *context)
{
    int result = 0;
    memset(ids, 0, sizeof *ids);
    for (size_t i = 0; i < ROLES; i++) {
        if (!roles[i].account)
            continue;
        const char *account = (const char *)config + roles[i].account;
        const struct passwd *entry = getpwnam(account);
        if (!entry) {
            result = complain_of(complain, context, account, "does not exist; scripts/make-accounts makes it");
            continue;
        }
        if (entry->pw_uid == 0 || entry->pw_gid == 0)
            result = complain_of(complain, context, account, "is root; every role needs an own account");
        ids->uid[i] = entry->pw_uid;
        ids->gid[i] = entry->pw_gid;
        for (size_t k = 0; k < i; k++) {
            if (roles[k].account && roles[k].account != roles[i].account && ids->uid[k] == entry->pw_uid)
                result = complain_of(complain, context, account, "shares its uid with another role");
        }
    }
    return result;
}
