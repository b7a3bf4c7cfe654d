/* SPDX-License-Identifier: BSD-2-Clause */
/* rehearsal.c - runs in the self-test of homes: its calls, in the empty root, which
 * it cannot change. */
#include "daemon/homes/homes.h"

#include "daemon/program/rehearsal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool looks(void)
{
    char entries[1024];
    struct stat about;
    const int root = open_below(AT_FDCWD, ".", O_RDONLY | O_DIRECTORY, 0);
    return root >= 0 && fstat(root, &about) == 0 &&
           syscall(SYS_getdents64, root, entries, sizeof entries) >= 0 &&
           flock(root, LOCK_SH) == 0 && close(root) == 0;
}

/* Refused by the mode of the directory, or since there is no such name. */
static bool is_refused(int result)
{
    return result != 0 && (errno == EACCES || errno == EPERM || errno == EROFS || errno == ENOENT);
}

static bool makes(void)
{
    return is_refused(mkdirat(AT_FDCWD, "rehearsal", 0700)) &&
           is_refused(unlinkat(AT_FDCWD, "rehearsal", 0)) &&
           is_refused(fchownat(AT_FDCWD, "rehearsal", 0, 0, AT_SYMLINK_NOFOLLOW)) &&
           is_refused(renameat2(AT_FDCWD, "rehearsal", AT_FDCWD, "other", RENAME_NOREPLACE));
}

static bool writes(void)
{
    return write(FD_STAGE_FILE, "", 0) == 0 && fsync(FD_STAGE_FILE) == 0 &&
           fchmod(FD_STAGE_FILE, 0600) == 0 && fchown(FD_STAGE_FILE, 0, 0) == 0;
}

const char *homes_rehearse(enum role role)
{
    const char *failed = rehearse_basics(false);
    (void)role;
    if (failed)
        return failed;
    DOES(looks());
    DOES(makes());
    DOES(writes());
    return NULL;
}
