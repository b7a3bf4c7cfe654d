/* SPDX-License-Identifier: BSD-2-Clause */
/* sealed_make.c - the writer's half of sealed.h, in a file of its own: a program
 * that only reads links no function that makes a file.  Holds no state. */
#include "common/sealed.h"
#include "common/write.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

int sealed_make(const char *name, const void *bytes, size_t n)
{
    const int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -errno;
    int error = write_all(fd, bytes, n);
    if (!error && fcntl(fd, F_ADD_SEALS, SEALS) != 0)
        error = -errno;
    if (!error)
        return fd;
    close(fd);
    return error;
}
