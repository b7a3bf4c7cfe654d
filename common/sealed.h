/* SPDX-License-Identifier: BSD-2-Clause */
/* sealed.h - bytes in a sealed memfd: they cannot change after the reader has
 * checked them. */
#ifndef SEALED_H
#define SEALED_H

#include <stddef.h>
#include <sys/types.h>

/* A sealed memfd that holds n bytes, close-on-exec; or -errno.  name: for /proc. */
int sealed_make(const char *name, const void *bytes, size_t n);

/* The size of such a memfd in bytes; -1 with errno where it is not sealed or its
 * size is not within least..most (EBADMSG). */
ssize_t sealed_size(int fd, size_t least, size_t most);

/* Maps one for reading, for the life of the process; *size is its size.  NULL with errno. */
const void *sealed_map(int fd, size_t least, size_t most, size_t *size);

#endif
