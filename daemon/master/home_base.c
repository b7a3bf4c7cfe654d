/* SPDX-License-Identifier: BSD-2-Clause */
/* home_base.c - runs in the master, and in `wardftpd -t`: who could put something
 * else in the place of that directory, or into it? */
#include "daemon/master/home_base.h"

#include "daemon/config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* In a sticky directory others cannot replace what is root's. */
static bool is_roots_alone(int directory, bool last)
{
    struct stat about;
    if (fstat(directory, &about) != 0 || about.st_uid != 0)
        return false;
    return !(about.st_mode & (S_IWGRP | S_IWOTH)) || (!last && about.st_mode & S_ISVTX);
}

/* The next part of the path, in place of the directory that has been reached. */
static int step(int directory, const char *part, size_t length)
{
    char name[CONFIG_PATH_ROOM];
    memcpy(name, part, length);
    name[length] = '\0';
    const int next = openat(directory, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const int error = errno;
    close(directory);
    return next < 0 ? -error : next;
}

int home_base_open(const char *path, size_t length)
{
    int directory = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    size_t at = 1;
    if (directory < 0)
        return -errno;
    while (is_roots_alone(directory, at >= length)) {
        if (at >= length)
            return directory;
        const size_t part = strcspn(path + at, "/");
        const size_t n = at + part > length ? length - at : part;
        if (n >= CONFIG_PATH_ROOM) {
            close(directory);
            return -ENAMETOOLONG;
        }
        directory = step(directory, path + at, n);
        if (directory < 0)
            return directory;
        at += n + 1;
    }
    close(directory);
    return -EPERM;
}
