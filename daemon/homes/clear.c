/* SPDX-License-Identifier: BSD-2-Clause */
/* clear.c - runs in homes: removes what an earlier one, which was killed, has left.
 * It may have given parts of it to the user; homes cannot enter what belongs to
 * others, so it takes them back first. */
#include "daemon/homes/homes.h"

#include "common/skeleton.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ROUNDS_MAX = 4, ENTRIES_ROOM = 4096 };

static int clear_within(int parent, const char *name, unsigned depth);

static int clear_entry(int directory, const char *name, unsigned depth)
{
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || unlinkat(directory, name, 0) == 0)
        return 0;
    return errno == EISDIR || errno == EPERM ? clear_within(directory, name, depth + 1) : errno;
}

/* 0, or an errno. */
static int clear_entries(int directory, unsigned depth)
{
    char entries[ENTRIES_ROOM] __attribute__((aligned(8)));
    long n;
    while ((n = syscall(SYS_getdents64, directory, entries, sizeof entries)) > 0) {
        for (long at = 0; at < n;) {
            const struct dirent *entry = (const struct dirent *)(const void *)(entries + at);
            const int error = clear_entry(directory, entry->d_name, depth);
            if (error)
                return error;
            at += entry->d_reclen;
        }
    }
    return n < 0 ? errno : 0;
}

/* Where names are removed while they are read, some may be passed over: then once more. */
static int clear_within(int parent, const char *name, unsigned depth)
{
    for (unsigned round = 0; round < ROUNDS_MAX && depth <= SKELETON_DEPTH_MAX + 1; round++) {
        if (fchownat(parent, name, 0, 0, AT_SYMLINK_NOFOLLOW) != 0)
            return errno == ENOENT ? 0 : errno;
        const int directory = open_below(parent, name, O_RDONLY | O_DIRECTORY, 0);
        if (directory < 0)
            return errno;
        const int error = clear_entries(directory, depth);
        close(directory);
        if (error)
            return error;
        if (unlinkat(parent, name, AT_REMOVEDIR) == 0)
            return 0;
        if (errno != ENOTEMPTY)
            return errno;
    }
    return ENOTEMPTY;
}

int directory_clear(int parent, const char *name)
{
    return clear_within(parent, name, 0);
}
