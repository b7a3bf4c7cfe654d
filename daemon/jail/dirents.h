/* SPDX-License-Identifier: BSD-2-Clause */
/* dirents.h - reads a directory by getdents64(2), without libc's DIR and its
 * allocations. */
#ifndef JAIL_DIRENTS_H
#define JAIL_DIRENTS_H

#include <stddef.h>
#include <stdint.h>

enum { DIRENTS_SIZE = 32 * 1024 }; /* as glibc's readdir */

struct dirents {
    size_t at, end; /* of the bytes in the buffer */
    /* of the last name: DT_REG ..., DT_UNKNOWN where the file system does not say */
    unsigned char type;
    int64_t next; /* position of the next entry, for dirents_seek */
    _Alignas(8) char buffer[DIRENTS_SIZE];
};

/* Before the first entry of a directory that has just been opened. */
static inline void dirents_start(struct dirents *dirents)
{
    dirents->at = dirents->end = 0;
}

/* Starts at the first entry again.  0 or -errno. */
int dirents_rewind(int directory, struct dirents *dirents);

/* Continues at an earlier .next, after the same directory was opened again. 0 or -errno. */
int dirents_seek(int directory, struct dirents *dirents, int64_t next);

/* The next name, valid until the next call; NULL at the end, or with *error = -errno. */
const char *dirents_next(int directory, struct dirents *dirents, int *error);

#endif
