/* config.h - the configuration, checked: one flat block without pointers, so
 * that a reloaded one can be handed to a shared process in a sealed memfd.
 * options.def has a row for each key; config.c reads the file by it. */
#ifndef CONFIG_H
#define CONFIG_H

#include "common/hours.h"
#include "common/list.h"
#include "common/zone.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CONFIG_PATH_ROOM = 256,
    CONFIG_TEXT_ROOM = 128,
    CONFIG_BLOCKS_ROOM = 1024, /* a list of CIDR blocks */
    ACCOUNT_ROOM = 33,         /* a system user's name */
    LISTENERS_MAX = 16,
    LISTENER_ADDRESSES_MAX = 8,
    HOSTS_MAX = 64,
    ZONES_MAX = 16, /* beside UTC */
    FORBIDDEN_GIDS_MAX = 64,
};

/* The default of forbidden_groups, as options.def has it, for wardpasswd. */
#define FORBIDDEN_GROUPS_DEFAULT                                                                             \
    "shadow, disk, kmem, adm, sudo, wheel, docker, lxd, incus-admin, libvirt, kvm, systemd-journal"

enum tls_mode { TLS_OFF, TLS_OPTIONAL, TLS_REQUIRED, TLS_INHERIT };
enum upload_mode { UPLOADS_ATOMIC, UPLOADS_DIRECT };
enum list_owner { OWNER_NUMBERS, OWNER_USER, OWNER_NAMES };
enum failed_uploads { FAILED_KEEP, FAILED_HIDE, FAILED_DELETE };
enum log_format { LOG_TEXT, LOG_JSON };
enum sandbox_mode { SANDBOX_STRICT, SANDBOX_REPORT };
enum data_resume { RESUME_OFF, RESUME_REQUIRED };
enum active_port { ACTIVE_ANY, ACTIVE_20 };
enum ban_reply { BAN_SAYS_421, BAN_IS_SILENT };
enum tls_version { TLS_1_2, TLS_1_3 };

struct port_range {
    uint16_t first, last;
};

struct listener_config {
    char name[ACCOUNT_ROOM];
    uint32_t address_count;
    struct sockaddr_storage addresses[LISTENER_ADDRESSES_MAX];
    bool implicit_tls;
    enum tls_mode tls_mode, tls_data; /* [tls]'s where the listener says nothing */
    bool active;
    enum active_port active_port;
    struct port_range passive_ports;
    struct sockaddr_storage passive_address; /* ss_family 0: the control connection's own */
};

/* What [defaults], [group], [user] and [anonymous] take.  A bit of `set` tells
 * which keys the section names (bit number = the row's place in options.def
 * among the policy keys): the nearest section wins, key by key. */
struct policy {
    uint64_t set;
    uint32_t umask;
    bool hide_dot_files;
    bool sync_uploads;
    bool read_only;
    bool dropbox;
    uint32_t rights;                       /* enum right, before read_only and dropbox */
    uint32_t file_mode, directory_mode;    /* of new ones, before the umask */
    uint64_t max_file_size;                /* bytes; 0: no limit */
    uint64_t quota_bytes;                  /* of all files under the home; 0: no limit */
    uint32_t quota_files;                  /* files and directories there; 0: no limit */
    uint32_t quota_recount;                /* seconds; 0: what others change is not looked for */
    char hide[LIST_ROOM], deny[LIST_ROOM]; /* patterns of names */
    char start_directory[CONFIG_PATH_ROOM];
    char allowed_addresses[CONFIG_BLOCKS_ROOM]; /* empty: any */
    char allowed_commands[LIST_ROOM];           /* empty: all */
    char denied_commands[LIST_ROOM];
    struct hours hours[HOURS_MAX]; /* none: at any time */
    uint32_t expires;              /* the last day, since 1970; 0: never */
    enum upload_mode uploads;
    enum list_owner list_owner;
    enum failed_uploads failed_uploads;
    uint32_t failed_upload_lifetime;
    uint32_t max_sessions_per_user;
    uint32_t max_sessions_per_group; /* 0: no limit */
    uint32_t idle_timeout;           /* 0: [daemon]'s */
    uint64_t rate_up;                /* bytes a second; 0: no limit */
    uint64_t rate_down;
    uint64_t user_rate_up; /* of all sessions of the user; 0: no limit */
    uint64_t user_rate_down;
    uint64_t hash_rate;                    /* of HASH and its like; 0: no limit */
    enum tls_mode tls_mode, tls_data;      /* optional, required: beyond what the listener asks for */
    char client_subject[CONFIG_PATH_ROOM]; /* of the client's certificate; empty: any or none */
    char time_zone[CONFIG_TEXT_ROOM];
};

/* [anonymous]: its own keys, and those of a policy; the table of keys takes it for either. */
struct anonymous_config {
    struct policy policy;                    /* what the section itself says */
    char account[CONFIG_PATH_ROOM];          /* the row of the user file that guests are */
    char upload_directory[CONFIG_PATH_ROOM]; /* from the account's root; empty: none */
    bool list_uploads;
};

enum policy_kind { POLICY_USER, POLICY_GROUP };

struct named_policy {
    enum policy_kind kind;
    char name[256];
    struct policy policy;
};

struct host_config {
    char name[256];
    char user_file[CONFIG_PATH_ROOM];   /* empty: [daemon]'s */
    char certificate[CONFIG_PATH_ROOM]; /* empty: [tls]'s */
    char key[CONFIG_PATH_ROOM];
    char banner[CONFIG_TEXT_ROOM];
};

struct config {
    size_t size; /* of the whole block, with the policies behind it */

    /* [daemon] */
    char user_file[CONFIG_PATH_ROOM];
    char net_user[ACCOUNT_ROOM];
    char jail_user[ACCOUNT_ROOM];
    char auth_user[ACCOUNT_ROOM];
    char dialer_user[ACCOUNT_ROOM];
    char keeper_user[ACCOUNT_ROOM];
    char scribe_user[ACCOUNT_ROOM];
    char control_user[ACCOUNT_ROOM];
    uint32_t minimum_uid;
    char group_file[CONFIG_PATH_ROOM]; /* in group(5)'s form; empty, or no such file: no groups */
    char forbidden_groups[LIST_ROOM];  /* names or gids */
    uint32_t forbidden_gid_count;
    uint32_t forbidden_gids[FORBIDDEN_GIDS_MAX]; /* of those that the system has */
    char pid_file[CONFIG_PATH_ROOM];
    char control_socket[CONFIG_PATH_ROOM];
    char state_directory[CONFIG_PATH_ROOM]; /* /var/lib/wardftpd */
    char empty_root[CONFIG_PATH_ROOM];      /* /run/wardftpd/empty */
    char log[CONFIG_PATH_ROOM];             /* syslog, stderr, none, or a path */
    enum log_format log_format;
    uint32_t log_level; /* enum log_level */
    char xferlog[CONFIG_PATH_ROOM];
    char banner[CONFIG_TEXT_ROOM]; /* of the 220 */
    uint32_t pool_min, pool_max;
    uint32_t max_sessions, max_sessions_per_address;
    uint32_t connects_per_second, connects_at_once; /* of an address; 0 a second: no limit */
    uint32_t login_timeout, idle_timeout, data_timeout, connect_timeout, stop_timeout; /* seconds */
    uint32_t max_login_failures;
    uint32_t ban_after, ban_window, ban_time;
    char ban_never[CONFIG_BLOCKS_ROOM]; /* CIDR blocks */
    enum ban_reply ban_reply;
    uint32_t auth_concurrency; /* 0: twice the processors */
    enum sandbox_mode sandbox;

    /* [tls] */
    enum tls_mode tls_mode, tls_data;
    bool tls_needed; /* required, or its certificate is named: no serving without */
    char certificate[CONFIG_PATH_ROOM];
    char key[CONFIG_PATH_ROOM];
    enum data_resume data_resume;
    enum tls_version minimum_version;
    enum tls_mode client_certificate; /* off, optional, required */
    char client_ca[CONFIG_PATH_ROOM];

    struct policy defaults;
    bool guests; /* an [anonymous] section stands in the file */
    struct anonymous_config anonymous;

    uint32_t listener_count;
    struct listener_config listeners[LISTENERS_MAX];
    uint32_t host_count;
    struct host_config hosts[HOSTS_MAX];

    uint32_t zone_count;
    struct zone zones[ZONES_MAX]; /* all that a time_zone names, but UTC */

    uint32_t policy_count;
    struct named_policy policies[]; /* in the file's order */
};

/* An override of the command line, "section.key=value". */
struct config_override {
    const char *text;
};

/* Where config_load says what is wrong: one call for each fault or warning,
 * the whole line, `file:line: section.key: what`. */
typedef void config_complain(void *context, bool fatal, const char *line);

/* Reads the file at path by options.def, then the overrides, then checks what
 * hangs together.  Returns a block to be freed with free(3), or NULL after at
 * least one fatal complaint.  All faults are complained of, not only the
 * first.  A path of NULL gives the defaults. */
struct config *config_load(const char *path, const struct config_override *overrides, size_t count,
                           config_complain *complain, void *context);

/* The policy of a user: defaults, overlaid by the first [group] that is among
 * the user's groups, overlaid by its [user].  out: the caller's. */
void config_policy(const struct config *config, const char *user, const char *const *groups,
                   size_t group_count, struct policy *out);

/* The policy of guests: defaults, but read-only and with a umask of 077, overlaid by [anonymous]. */
void config_guests(const struct config *config, struct policy *out);

/* The [group] that config_policy takes: its name, within config, or NULL. */
const char *config_group(const struct config *config, const char *const *groups, size_t group_count);

/* The table of a time zone that the configuration names; NULL: UTC, or none of its. */
const struct zone *config_zone(const struct config *config, const char *name);

/* A sealed memfd that holds the block, or -errno; and the block read back from
 * one (NULL, errno, where it is not one). */
int config_to_fd(const struct config *config);
struct config *config_from_fd(int fd);

/* Prints every key with section, default, range and help, for `wardftpd -h keys` and check-docs. */
void config_print_keys(void);

#endif
