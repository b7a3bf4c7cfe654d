/* SPDX-License-Identifier: BSD-2-Clause */
/* sealed.c - the reader's half of sealed.h.  Holds no state. */
#include "common/sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

ssize_t sealed_size(int fd, size_t least, size_t most)
{
    struct stat about;
    const int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || fstat(fd, &about) != 0)
        return -1;
    if ((seals & SEALS) != SEALS || about.st_size < 0 || (size_t)about.st_size < least ||
        (size_t)about.st_size > most)
        return errno = EBADMSG, -1;
    return about.st_size;
}

const void *sealed_map(int fd, size_t least, size_t most, size_t *size)
{
    const ssize_t n = sealed_size(fd, least, most);
    if (n < 0)
        return NULL;
    const void *bytes = mmap(NULL, (size_t)n, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return NULL;
    *size = (size_t)n;
    return bytes;
}
