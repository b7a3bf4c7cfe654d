/* policy.h - what the configuration says a user may do, put into the words of
 * NET and of JAIL. */
#ifndef AUTH_POLICY_H
#define AUTH_POLICY_H

#include "daemon/auth/groups.h"
#include "daemon/protocol/auth_jail.h"
#include "daemon/protocol/net_auth.h"
#include "daemon/config/config.h"

struct user_policy {
    struct net_policy net;
    struct jail_policy jail;
    uint32_t max_sessions;  /* 0: no limit */
    uint32_t max_per_group; /* 0: no limit */
    char group[NAME_ROOM];  /* the [group] that the user is judged by; empty: none */
    uint32_t quota_recount; /* seconds; 0: never */
    bool names_owner;       /* LIST shows the session's own ids as names */
    enum tls_mode tls_mode;
    char allowed_addresses[CONFIG_BLOCKS_ROOM];
    struct hours hours[HOURS_MAX];
    uint32_t expires;
    char start[CONFIG_PATH_ROOM];
    char client_subject[NAME_ROOM]; /* empty: any certificate, or none */
};

void policy_of(const struct config *config, const char *name, const struct membership *groups,
               struct user_policy *out);

/* What [anonymous] says that guests may do. */
void policy_of_guests(const struct config *config, struct user_policy *out);

#endif
