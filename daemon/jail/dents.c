/* dents.c - runs in JAIL, as the user, in the user's root.  Reads the names on
 * the user's disk. */
#include "daemon/jail/dents.h"

#include <dirent.h>
#include <errno.h>
#include <unistd.h>

int dents_seek(int directory, struct dents *dents, int64_t next)
{
    dents->at = dents->end = 0;
    return lseek(directory, (off_t)next, SEEK_SET) == (off_t)next ? 0 : -errno;
}

int dents_rewind(int directory, struct dents *dents)
{
    return dents_seek(directory, dents, 0);
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
    dents->next = entry->d_off;
    dents->type = entry->d_type;
    return entry->d_name;
}
