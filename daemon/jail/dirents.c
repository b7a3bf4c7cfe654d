/* SPDX-License-Identifier: BSD-2-Clause */
/* dirents.c - runs in JAIL, as the user, in the user's root.  Reads the names on
 * the user's disk. */
#include "daemon/jail/dirents.h"

#include <dirent.h>
#include <errno.h>
#include <unistd.h>

int dirents_seek(int directory, struct dirents *dirents, int64_t next)
{
    dirents->at = dirents->end = 0;
    return lseek(directory, (off_t)next, SEEK_SET) == (off_t)next ? 0 : -errno;
}

int dirents_rewind(int directory, struct dirents *dirents)
{
    return dirents_seek(directory, dirents, 0);
}

const char *dirents_next(int directory, struct dirents *dirents, int *error)
{
    if (dirents->at >= dirents->end) {
        const ssize_t n = getdents64(directory, dirents->buffer, sizeof dirents->buffer);
        if (n <= 0) {
            if (n < 0)
                *error = -errno;
            return NULL;
        }
        dirents->at = 0;
        dirents->end = (size_t)n;
    }
    const struct dirent64 *entry = (const void *)(dirents->buffer + dirents->at);
    dirents->at += entry->d_reclen;
    dirents->next = entry->d_off;
    dirents->type = entry->d_type;
    return entry->d_name;
}
