/* SPDX-License-Identifier: BSD-2-Clause */
/* rehearsal.c - runs in the self-test of rehash: its calls, in the empty root, which
 * it cannot change. */
#include "daemon/rehash/rehash.h"

#include "daemon/program/rehearsal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool looks(void)
{
    const struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
                                  .resolve = RESOLVE_BENEATH };
    struct stat about;
    const int root = (int)syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof how);
    return root >= 0 && fstat(root, &about) == 0 && fsync(root) == 0 && close(root) == 0;
}

static bool is_refused(int result)
{
    return result != 0 && (errno == EACCES || errno == EPERM || errno == EROFS || errno == ENOENT);
}

static bool replaces(void)
{
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    char byte;
    return fcntl(FD_STAGE_FILE, F_OFD_SETLKW, &whole) == 0 &&
           pread(FD_STAGE_FILE, &byte, 1, 0) == 1 && write(FD_STAGE_FILE, "", 0) == 0 &&
           fchmod(FD_STAGE_FILE, 0600) == 0 && fsync(FD_STAGE_FILE) == 0 &&
           is_refused(unlinkat(AT_FDCWD, "rehearsal", 0)) &&
           is_refused((int)syscall(SYS_renameat2, AT_FDCWD, "rehearsal", AT_FDCWD, "other", 0));
}

const char *rehash_rehearse(enum role role)
{
    const char *failed = rehearse_basics(false);
    (void)role;
    if (failed)
        return failed;
    DOES(looks());
    DOES(replaces());
    return NULL;
}
