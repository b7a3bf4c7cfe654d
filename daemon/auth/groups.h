/* groups.h - /etc/group: which groups name a user as a member. */
#ifndef AUTH_GROUPS_H
#define AUTH_GROUPS_H

#include "daemon/border/message.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct groups;

/* Reads the file (`name:password:gid:member,member`); a broken line is logged
 * and ignored.  NULL, logged: not readable, too large, or others may write it. */
struct groups *groups_load(int fd, struct stat *about);

/* The same from text, which it takes over (malloc). */
struct groups *groups_parse(char *text, size_t size);

/* Takes NULL. */
void groups_free(struct groups *groups);

/* A user's groups.  The names point into the file's text: valid until groups_free. */
struct membership {
    size_t gid_count; /* supplementary ones, gid 0 and the primary one never among them */
    uint32_t gids[GROUPS_MAX];
    size_t name_count; /* of all, the primary one's included */
    const char *names[GROUPS_MAX + 1];
    size_t beyond;  /* how many more there are than GROUPS_MAX */
    size_t refused; /* how many were not given: gid 0, or one of refuse[] */
};

/* groups may be NULL: then there are none.  refuse: gids that nobody gets. */
void groups_of(const struct groups *groups, const char *name, uint32_t primary, const uint32_t *refuse,
               size_t refuse_count, struct membership *out);

#endif
