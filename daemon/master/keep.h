/* SPDX-License-Identifier: BSD-2-Clause */
/* keep.h - the image of the master's state: how its parts write it, and read it
 * (kept.h). */
#ifndef MASTER_KEEP_H
#define MASTER_KEEP_H

#include "daemon/master/kept.h"

#include <stdbool.h>
#include <stddef.h>

struct master;

/* An image that is being written. */
struct keeping {
    char *bytes;
    size_t size, room;
    int32_t *fds; /* those that it names */
    size_t fd_count, fd_room;
    bool failed; /* no memory */
};

/* The head, which the caller fills in; valid until something is added. */
struct kept_head *keeping_head(struct keeping *keeping);

/* Adds n zeroed bytes.  NULL: no memory. */
void *keeping_add(struct keeping *keeping, size_t n);

/* Names a descriptor, if it is one, as going along; returns it. */
int32_t keeping_fd(struct keeping *keeping, int fd);

void keeping_free(struct keeping *keeping);

/* An image that is being read. */
struct kept_reader {
    const char *at;
    size_t left;
};

/* The next `count` structs of this size.  NULL: there are not so many. */
const void *kept_next(struct kept_reader *reader, size_t size, uint32_t count);

#endif
