/* dents.h - reads a directory by getdents64(2), without libc's DIR and its
 * allocations. */
#ifndef JAIL_DENTS_H
#define JAIL_DENTS_H

#include <stddef.h>
#include <stdint.h>

enum { DENTS_ROOM = 32 * 1024 }; /* what glibc's readdir takes as well */

struct dents {
    size_t at, end;     /* of what the buffer holds, in bytes */
    unsigned char type; /* of the last name: DT_REG ..., DT_UNKNOWN where the file system does not say */
    int64_t next;       /* where the entry behind the last name begins, for dents_seek */
    _Alignas(8) char buffer[DENTS_ROOM];
};

/* Starts at the first entry again.  0 or -errno. */
int dents_rewind(int directory, struct dents *dents);

/* Goes on where .next was, in the same directory, opened anew.  0 or -errno. */
int dents_seek(int directory, struct dents *dents, int64_t next);

/* The next name, valid until the next call; NULL at the end, or with *error = -errno. */
const char *dents_next(int directory, struct dents *dents, int *error);

#endif
