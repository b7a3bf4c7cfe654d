/* SPDX-License-Identifier: BSD-2-Clause */
/* roles.h - who may do what: one const row for each role (roles.c).  The
 * sandbox applies a row and verifies it; SECURITY.md quotes the table. */
#ifndef ROLES_H
#define ROLES_H

#include "daemon/config/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/capability.h>
#include <sys/types.h>

enum role {
    ROLE_MASTER,
    ROLE_AUTH_BEFORE, /* until its hash pool is forked */
    ROLE_AUTH,
    ROLE_HASH_POOL, /* auth's child: forks the hashers */
    ROLE_HASHER,    /* the hash pool's child: one password, one hash */
    ROLE_DIALER,
    ROLE_KEEPER,
    ROLE_SCRIBE,
    ROLE_CONTROL,     /* serves wardctl */
    ROLE_RESOLVER,    /* looks up the host names of passive_address */
    ROLE_GREETER,     /* reads the PROXY headers of balancers */
    ROLE_HOMES,       /* makes one home, and ends */
    ROLE_REHASH,      /* changes one hash in the user file, and ends */
    ROLE_CHECKER,     /* asks the administrator's checker about one log-in, and ends */
    ROLE_EVENTS,      /* serves events_socket */
    ROLE_METRICS,     /* serves the counters; runs only where the configuration asks for it */
    ROLE_NET_ZYGOTE,  /* forks the NETs: confined as one of them, so its children start confined */
    ROLE_JAIL_ZYGOTE, /* forks the JAILs */
    ROLE_NET,
    ROLE_JAIL_BEFORE, /* before the log-in */
    ROLE_JAIL,        /* the user */
    ROLES
};

/* One allowed system call; the default is to deny (roles.c has the reason for each). */
struct allowed_call {
    const char *name;   /* as libseccomp knows it; one that this architecture lacks is skipped */
    int number;         /* of a call that libseccomp may not know yet; otherwise 0 */
    const char *reason; /* one line */
    /* what the arguments that are not pinned can reach at worst; NULL in refusals */
    const char *rest;
    int answer; /* 0: allowed; EPERM or ENOSYS: the error that the call returns */
    /* how many arguments are pinned; rows with the same name are alternatives */
    unsigned pins;
    struct pin {
        unsigned argument;
        uint64_t mask, value; /* argument & mask == value */
        bool differs;         /* or: argument != value, all 64 bits */
    } pin[3];
};

/* Landlock, the second wall, where the kernel supports it: files and TCP ports. */
enum role_files {
    FILES_UNTOUCHED,
    FILES_NONE,
    FILES_BENEATH,   /* beneath the root, none moved to another directory */
    FILES_OF_POLICY, /* beneath the root, as JAIL's policy says */
    FILES_OF_NAMES   /* to read, in /etc and /run: what the resolver of libc reads */
};
enum role_network {
    NETWORK_UNTOUCHED,
    NETWORK_NONE,
    NETWORK_ALL,
    NETWORK_NAMES /* TCP: port 53 */
};

struct role_limits {
    uint32_t nofile;   /* 0: what the master computes for all cells */
    uint32_t nproc;    /* 0: may not fork; UINT32_MAX: the system's limit */
    uint64_t fsize;    /* RLIM_INFINITY or bytes */
    uint32_t data_mib; /* private memory; 0: the system's limit */
    bool memlock;      /* may lock its memory: the keeper */
    /* descriptors in flight are counted by uid, including other daemons': the dialer */
    bool shares_flight;
};

/* The most that a NET needs: three standard streams, five channels (auth's is closed after the
 * log-in), the client, a listener, a data connection, a file, both ends of a pipe, four sockets
 * that are drained, and one more while it replaces another; one is spare (invariant I2). */
enum { NET_DESCRIPTORS = 20 };

enum { CAPABILITIES_MAX = 16 };

struct role_row {
    const char *name;  /* of its processes, as ps(1) shows it */
    const char *label; /* of its own alone: wardftpd --print-filter takes it */
    /* offset in struct config of the account's name; 0: none (master, JAIL after the log-in) */
    size_t account;
    bool empty_root; /* chroot into config.empty_root, or the directory that it was given */
    bool is_root;    /* keeps uid 0, with these capabilities and in that directory */
    const cap_value_t *capabilities; /* kept, permitted and effective */
    size_t capability_count;
    struct role_limits limits;
    enum role_files files;
    enum role_network network;
    const struct allowed_call *calls;
    size_t call_count;
    /* the list has the refused calls, and all others are allowed: the master */
    bool others_allowed;
};

extern const struct role_row roles[ROLES];

/* The zygote that forks this role, or ROLE_MASTER if there is none. */
enum role zygote_of(enum role role);

/* Does the configuration ask for this role?  One that it doesn't ask for is not started, and needs
 * no account. */
bool roles_wanted(const struct config *config, enum role role);

/* The uids and gids of the roles' accounts, looked up once at the start. */
struct role_ids {
    uid_t uid[ROLES];
    gid_t gid[ROLES];
};

/* May a session have this uid?  Not root's, not one of the daemon's own, and none below
 * minimum_uid. */
bool roles_uid_may_log_in(const struct config *config, const struct role_ids *ids, uid_t uid);

/* May a session have this gid, as its own or as a supplementary one?  Not root's, not one of the
 * daemon's own, and none of forbidden_groups. */
bool roles_gid_may_log_in(const struct config *config, const struct role_ids *ids, gid_t gid);

/* Looks up the accounts of all roles with getpwnam; every role's uid must be its own and
 * none 0.  The account of a role that is not wanted may be missing.  Ids that are known already
 * stay, as running processes have them.
 * 0, or -EINVAL after one call of complain naming the account. */
int roles_look_up(const struct config *config, struct role_ids *ids, config_complain *complain,
                  void *context);

#endif
