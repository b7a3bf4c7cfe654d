/* SPDX-License-Identifier: BSD-2-Clause */
/* open.c - runs in homes: the only way in which it opens a name. */
#include "daemon/homes/homes.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

int open_below(int directory, const char *path, int flags, mode_t mode)
{
    const struct open_how how = { .flags = (unsigned)(flags | O_CLOEXEC | O_NOFOLLOW),
                                  .mode = mode,
                                  .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
                                             RESOLVE_NO_MAGICLINKS };
    return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}
