/* SPDX-License-Identifier: BSD-2-Clause */
/* groups.h - the group file: which groups a user is in, and which [group]
 * section of the configuration applies. */
#ifndef AUTH_GROUPS_H
#define AUTH_GROUPS_H

#include "daemon/protocol/message.h"
#include "daemon/config/config.h"
#include "daemon/roles.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct groups;

/* Reads the file (group(5)); path is for the log.  A broken line is logged and
 * ignored.  NULL, logged: not readable, too large, or others may write it. */
struct groups *groups_load(int fd, const char *path, struct stat *about);

/* The same from text, which it owns (malloc). */
struct groups *groups_parse(char *text, size_t size, const char *path);

/* Calls `each` with every group and member in the file. */
typedef void groups_member(void *context, const char *group, const char *member);
void groups_each_member(const struct groups *groups, groups_member *each, void *context);

/* Takes NULL. */
void groups_free(struct groups *groups);

/* Finds the [group] section of each group; valid until the configuration changes.
 * Returns the name of a section without its group, or NULL. groups may be NULL. */
const char *groups_bind(struct groups *groups, const struct config *config);

/* The result for the groups of one user. */
struct membership {
    size_t gid_count; /* supplementary ones, without the primary one */
    uint32_t gids[GROUPS_MAX];
    const char *section; /* the first [group] in the configuration for one of them; NULL: none */
    size_t beyond;       /* the number beyond GROUPS_MAX */
    size_t refused;      /* the number not granted, as no session may have them */
};

struct group_list {
    const uint32_t *gids;
    size_t count;
};

/* groups is bound to the same configuration; NULL: there are none.  A group that
 * no session may have is not granted, but its [group] applies.  more: groups that are not from the
 * file; may be NULL. */
void groups_of(const struct groups *groups, const struct config *config, const struct role_ids *ids,
               const char *name, uint32_t primary, const struct group_list *more,
               struct membership *out);

/* The name of a group, or NULL. */
const char *groups_name(const struct groups *groups, uint32_t gid);

#endif
