/* SPDX-License-Identifier: BSD-2-Clause */
/* access.c - runs in JAIL, as the user, in the user's root.  Reads modes and
 * owners of the user's disk. */
#include "daemon/jail/access.h"

#include "daemon/jail/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

bool access_in_group(const struct jail_who *who, uint32_t gid)
{
    if (who->gid == gid)
        return true;
    for (uint32_t i = 0; i < who->group_count; i++) {
        if (who->groups[i] == gid)
            return true;
    }
    return false;
}

unsigned access_bits(const struct jail_who *who, const struct statx *about)
{
    unsigned mode = about->stx_mode;
    if (about->stx_uid == who->uid)
        mode >>= 6;
    else if (access_in_group(who, about->stx_gid))
        mode >>= 3;
    return mode & 7;
}

bool access_changes(unsigned bits)
{
    return (bits & ACCESS_WRITE) && (bits & ACCESS_SEARCH);
}

bool access_sticks(const struct jail_who *who, const struct statx *directory,
                   const struct statx *entry)
{
    return (directory->stx_mode & S_ISVTX) && entry->stx_uid != who->uid &&
           directory->stx_uid != who->uid;
}

int access_creates(const struct jail_who *who, int directory)
{
    struct statx about;
    struct statfs system;
    const int looked = look_fd(directory, STATX_BASIC_STATS, &about);
    if (looked != 0)
        return looked;
    if (fstatfs(directory, &system) == 0 && (system.f_flags & ST_RDONLY))
        return -EROFS;
    if (access_changes(access_bits(who, &about)))
        return 0;
    /* The mode denies it, but an ACL may permit it.  Creating a file without a name needs the same
     * permission. */
    const int fd = open_name(directory, ".", O_TMPFILE | O_WRONLY, 0600);
    if (fd >= 0)
        close(fd);
    return fd == -EACCES || fd == -EROFS ? fd : 0;
}
