/* SPDX-License-Identifier: BSD-2-Clause */
/* stored.h - what auth keeps across restarts: a file that the master opened, with
 * two places, of which the newer complete one is used.  A write goes to the other
 * place, so a kill at any byte leaves the previous content. */
#ifndef AUTH_STORED_H
#define AUTH_STORED_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { STORED_MAGIC = 8 };

struct stored {
    int fd; /* -1: nothing is kept */
    char magic[STORED_MAGIC];
    size_t room; /* the most bytes of content */
    uint64_t serial;
    unsigned place; /* of the newest content */
};

/* Owns fd and reads the newest complete content into content (room bytes). magics:
 * STORED_MAGIC bytes each, with NULL after the last; the first is for writing, the
 * others are of earlier versions that can be read.  Returns the size; 0: the file
 * is empty; -EBADMSG: it has no complete content of these kinds; or -errno.  After
 * an error fd is closed. */
ssize_t stored_open(struct stored *stored, int fd, const char *const magics[], void *content,
                    size_t room);

/* Writes n bytes of content to the other place.  0 or -errno. */
int stored_write(struct stored *stored, const void *content, size_t n);

/* Closes the file after a sync. */
void stored_close(struct stored *stored);

#endif
