/* SPDX-License-Identifier: BSD-2-Clause */
/* make.c - runs in homes: makes one home.
 *
 * It is made under a name that no user has, and gets its own when it is complete:
 * so no session finds half of it, and what a killed process has left is known by
 * that name. */
#include "daemon/homes/homes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Only root may have put something there. */
static bool is_roots_own(int directory)
{
    struct stat about;
    return fstat(directory, &about) == 0 && about.st_uid == 0 &&
           (about.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* 0, or an errno. */
static int is_free(int root, const char *name)
{
    const int fd = open_below(root, name, O_PATH, 0);
    if (fd >= 0)
        close(fd);
    /* ELOOP: a symbolic link */
    return fd >= 0 || errno == ELOOP ? EEXIST : errno == ENOENT ? 0 : errno;
}

/* Mode 0700, as of homes that useradd(8) makes. */
static int fill(int home, uid_t uid, gid_t gid, int skeleton)
{
    const int error = skeleton >= 0 ? skeleton_copy(home, skeleton, uid, gid) : 0;
    if (error)
        return error;
    return fsync(home) == 0 && fchmod(home, 0700) == 0 && fchown(home, uid, gid) == 0 ? 0 : errno;
}

static int make_unfinished(int root, uid_t uid, gid_t gid, int skeleton)
{
    if (mkdirat(root, UNFINISHED, 0700) != 0)
        return errno;
    const int home = open_below(root, UNFINISHED, O_RDONLY | O_DIRECTORY, 0);
    if (home < 0)
        return errno;
    const int error = fill(home, uid, gid, skeleton);
    close(home);
    return error;
}

static int make_in(int root, const char *name, uid_t uid, gid_t gid, int skeleton)
{
    int error = is_free(root, name);
    if (!error)
        error = directory_clear(root, UNFINISHED);
    if (!error)
        error = make_unfinished(root, uid, gid, skeleton);
    if (!error && renameat2(root, UNFINISHED, root, name, RENAME_NOREPLACE) != 0)
        error = errno;
    if (error && error != EEXIST)
        (void)directory_clear(root, UNFINISHED);
    if (!error && fsync(root) != 0)
        error = errno;
    return error;
}

int home_make(const char *name, uid_t uid, gid_t gid, int skeleton)
{
    const int root = open_below(AT_FDCWD, ".", O_RDONLY | O_DIRECTORY, 0);
    if (root < 0)
        return errno;
    int error = EPERM;
    if (is_roots_own(root))
        error = flock(root, LOCK_EX) == 0 ? make_in(root, name, uid, gid, skeleton) : errno;
    close(root);
    return error;
}
