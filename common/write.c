/* SPDX-License-Identifier: BSD-2-Clause */
/* write.c - write(2) to the end.  In every program; holds no state. */
#include "common/write.h"

#include <errno.h>
#include <unistd.h>

int write_all(int fd, const void *bytes, size_t n)
{
    const char *at = bytes;
    while (n > 0) {
        const ssize_t written = write(fd, at, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? -errno : -EIO;
        at += written;
        n -= (size_t)written;
    }
    return 0;
}
