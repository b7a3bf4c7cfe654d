/* SPDX-License-Identifier: BSD-2-Clause */
/* rehearsal.c - the self-test of JAIL's program: makes the system calls that
 * a session makes. */
#include "daemon/jail/jail.h"

#include "daemon/zygote/zygote.h"
#include "daemon/program/rehearsal.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool reads_files(void)
{
    const struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
                                  .resolve = RESOLVE_IN_ROOT };
    const int root = (int)syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof how);
    char entries[1024];
    struct statx about;
    return root >= 0 && syscall(SYS_getdents64, root, entries, sizeof entries) > 0 &&
           statx(root, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &about) == 0 && close(root) == 0;
}

static bool locks(void)
{
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    return fcntl(FD_STAGE_FILE, F_OFD_SETLK, &whole) == 0 && fsync(FD_STAGE_FILE) == 0 &&
           lseek(FD_STAGE_FILE, 0, SEEK_SET) == 0;
}

const char *jail_rehearse(enum role role)
{
    const char *failed = rehearse_basics(false);
    if (failed || role == ROLE_JAIL_ZYGOTE)
        return failed ? failed : zygote_rehearse();
    DOES(waits());
    DOES(sends_descriptor());
    DOES(drops_descriptor());
    DOES(reads_files());
    DOES(locks());
    return NULL;
}
