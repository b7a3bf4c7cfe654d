/* dents.c - runs in JAIL, as the user, in the user's root.  Reads the names on
 * the user's disk. */
#include "daemon/jail/dents.h"

#include <dirent.h>
#include <errno.h>
#include <unistd.h>

int dents_rewind(int directory, struct dents *dents)
{
    dents->at = dents->end = 0;
    return lseek(directory, 0, SEEK_SET) == 0 ? 0 : -errno;
}

const char *dents_next(int directory, struct dents *dents, int *error)
{
    if (dents->at >= dents->end) {
        const ssize_t n = getdents64(directory, dents->buffer, sizeof dents->buffer);
        if (n <= 0) {
            if (n < 0)
                *error = -errno;
            return NULL;
        }
        dents->at = 0;
        dents->end = (size_t)n;
    }
    const struct dirent64 *entry = (const void *)(dents->buffer + dents->at);
    dents->at += entry->d_reclen;
    return entry->d_name;
}
