/* SPDX-License-Identifier: BSD-2-Clause */
/* config.h - the configuration, checked: one flat block without pointers, so
 * that a reloaded one can be handed to a shared process in a sealed memfd.
 * options.def has a row for each key; config.c reads the file by it. */
#ifndef CONFIG_H
#define CONFIG_H

#include "common/hours.h"
#include "common/list.h"
#include "common/old_hash.h"
#include "common/passive.h"
#include "common/zone.h"
#include "daemon/config/fields.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CONFIG_PATH_ROOM = 256,
    CONFIG_TEXT_ROOM = 128,
    ACCOUNT_ROOM = 33, /* a system user's name */
    LISTENERS_MAX = 16,
    LISTENER_ADDRESSES_MAX = 8,
    HOSTS_MAX = 64,
    ZONES_MAX = 16, /* in addition to UTC */
    FORBIDDEN_GIDS_MAX = 64,
    MESSAGES_MAX = 16,
    MESSAGE_ROOM = 4096,
};

/* The default of forbidden_groups, as options.def has it, for wardpasswd. */
#define FORBIDDEN_GROUPS_DEFAULT                                                                   \
    "shadow, disk, kmem, adm, sudo, wheel, docker, lxd, incus-admin, libvirt, kvm, "               \
    "systemd-journal"

enum tls_mode { TLS_OFF, TLS_OPTIONAL, TLS_REQUIRED, TLS_INHERIT };
enum upload_mode { UPLOADS_ATOMIC, UPLOADS_DIRECT, UPLOADS_LAST = UPLOADS_DIRECT };
enum upload_checksum { CHECKSUM_OFF, CHECKSUM_SHA256, CHECKSUM_LAST = CHECKSUM_SHA256 };
enum list_owner { OWNER_NUMBERS, OWNER_USER, OWNER_NAMES, LIST_OWNER_LAST = OWNER_NAMES };
enum failed_uploads {
    FAILED_KEEP,
    FAILED_HIDE,
    FAILED_DELETE,
    FAILED_UPLOADS_LAST = FAILED_DELETE
};
enum log_format { LOG_TEXT, LOG_JSON };
enum sandbox_mode { SANDBOX_STRICT, SANDBOX_REPORT };
enum data_resume { RESUME_OFF, RESUME_PREFERRED, RESUME_REQUIRED, RESUME_INHERIT };
enum process_titles { TITLES_NO, TITLES_ROLE, TITLES_USER };
enum active_port { ACTIVE_ANY, ACTIVE_20 };
enum ban_reply { BAN_SAYS_421, BAN_IS_SILENT };
enum tls_version { TLS_1_2, TLS_1_3 };

/* An amount of disk space: bytes, or a percentage above all of them. */
#define SPACE_BYTES_MAX        UINT64_C(1000000000000000)
#define SPACE_PERCENT(percent) (SPACE_BYTES_MAX + (percent))

struct port_range {
    uint16_t first, last;
};

struct listener_config {
    char name[ACCOUNT_ROOM];
    uint32_t address_count; /* of addresses */
#define MEMBERS_LISTENER(member) member
#include "daemon/config/members.def"
};

/* What [defaults], [group], [user] and [anonymous] take.  A bit of `set` says
 * that the section names the key (bit number = the row's place in options.def
 * among the policy keys): the nearest section wins, key by key. */
struct policy {
    uint64_t set;
#define MEMBERS_POLICY(member) member
#include "daemon/config/members.def"
};

/* [anonymous]: its own keys, and those of a policy; options.def's table takes it for either. */
struct anonymous_config {
    struct policy policy; /* the section's own settings */
#define MEMBERS_ANONYMOUS(member) member
#include "daemon/config/members.def"
};

enum policy_kind { POLICY_USER, POLICY_GROUP };

struct named_policy {
    enum policy_kind kind;
    char name[256];
    struct policy policy;
};

struct host_config {
    char name[256];
#define MEMBERS_HOST(member) member
#include "daemon/config/members.def"
};

/* A file with a text for clients: banner_file, login_message_file. */
struct message_text {
    char path[CONFIG_PATH_ROOM];
    char text[MESSAGE_ROOM]; /* lines without control characters (common/lines.h) */
};

struct config {
    size_t size; /* of the whole block, including the policies at its end */

#define MEMBERS_DAEMON(member) member
#define MEMBERS_TLS(member)    member
#include "daemon/config/members.def"
    uint32_t forbidden_gid_count;
    uint32_t forbidden_gids[FORBIDDEN_GIDS_MAX]; /* those of forbidden_groups that the system has */
    uint32_t events_gid;                         /* of events_group; UINT32_MAX: none */
    /* tls.mode is required, or the file names a certificate: without one the start fails */
    bool tls_needed;

    struct policy defaults;
    bool guests; /* the file has an [anonymous] section */
    struct anonymous_config anonymous;

    uint32_t listener_count;
    struct listener_config listeners[LISTENERS_MAX];
    uint32_t host_count;
    struct host_config hosts[HOSTS_MAX];

    uint32_t zone_count;
    struct zone zones[ZONES_MAX]; /* all zones that a time_zone names, except UTC */

    uint32_t message_count;
    struct message_text messages[MESSAGES_MAX]; /* all files with texts that the keys name */

    uint32_t policy_count;
    struct named_policy policies[]; /* in the file's order */
};

/* An override of the command line, "section.key=value". */
struct config_override {
    const char *text;
};

/* Called by config_load for each error or warning, with the whole line,
 * `file:line: section.key: what`. */
typedef void config_complain(void *context, bool fatal, const char *line);

/* Reads the file at path by options.def, then the overrides, then checks keys that
 * depend on each other.  Returns a block to be freed with free(3), or NULL after
 * at least one fatal complaint.  All errors are reported, not only the first.  A
 * path of NULL gives the defaults. */
struct config *config_load(const char *path, const struct config_override *overrides, size_t count,
                           config_complain *complain, void *context);

/* The policy of a user: defaults, overlaid by the first [group] that the user
 * belongs to, overlaid by its [user], in *out. */
void config_policy(const struct config *config, const char *user, const char *const *groups,
                   size_t group_count, struct policy *out);

/* The policy of guests: defaults, but read-only and with a umask of 077, overlaid by
 * [anonymous]. */
void config_guests(const struct config *config, struct policy *out);

/* The [group] that config_policy takes: its name, within config, or NULL. */
const char *config_group(const struct config *config, const char *const *groups,
                         size_t group_count);

/* The text of a file that the configuration names; NULL: it is not one of them. */
const char *config_message(const struct config *config, const char *path);

/* EVENT_BITs of what NET and JAIL have to report */
uint32_t config_events(const struct config *config);
/* The table of a time zone that the configuration names; NULL: UTC, or not one of them. */
const struct zone *config_zone(const struct config *config, const char *name);

/* A sealed memfd with the block, or -errno; and the block read from one (NULL with
 * errno if it is not valid). */
int config_to_fd(const struct config *config);
struct config *config_from_fd(int fd);

/* Replaces *config by the block in fd, and closes fd.  False: it is not valid, and *config
 * stays. */
bool config_replace(struct config **config, int fd);

/* Prints every key with section, default, range and help, for `wardftpd -h keys` and check-docs. */
void config_print_keys(void);

#endif
