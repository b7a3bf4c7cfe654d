/* SPDX-License-Identifier: BSD-2-Clause */
/* rights.c - runs in JAIL, as the user, in the user's root.  Finds out where
 * directories are on the user's disk. */
#include "daemon/jail/rights.h"

#include "daemon/ipc/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { DEPTH_MAX = PATH_ROOM / 2 }; /* no path is deeper */

static bool same(const struct statx *a, const struct statx *b)
{
    return a->stx_ino == b->stx_ino && a->stx_dev_major == b->stx_dev_major &&
           a->stx_dev_minor == b->stx_dev_minor;
}

/* Opens the upload directory. -EINVAL: it is the root, in which guests could read nothing then. */
static int open_uploads(const struct jail *jail)
{
    char path[sizeof jail->who->policy.upload_directory];
    struct statx root, uploads;
    memcpy(path, jail->who->policy.upload_directory, sizeof path);
    const int fd = beneath_open(jail->root, path, O_PATH | O_DIRECTORY);
    if (fd < 0)
        return fd;
    int result = look_fd(jail->root, STATX_INO, &root);
    if (result == 0)
        result = look_fd(fd, STATX_INO, &uploads);
    if (result == 0 && same(&root, &uploads))
        result = -EINVAL;
    if (result == 0)
        return fd;
    close(fd);
    return result;
}

static void log_once(struct jail *jail, int error)
{
    const bool is_root = error == -EINVAL;
    if (error != 0 && error != jail->uploads_error)
        log_note(LOG_LEVEL_WARNING, "guests can upload nothing: upload_directory %s: %s",
                 jail->who->policy.upload_directory, is_root ? "it is the root" : strerror(-error));
    jail->uploads_error = error;
}

void rights_find_uploads(struct jail *jail)
{
    if (jail->who->policy.upload_rights == 0)
        return;
    if (jail->uploads >= 0)
        close(jail->uploads);
    jail->uploads = open_uploads(jail);
    log_once(jail, jail->uploads < 0 ? jail->uploads : 0);
    if (jail->uploads == -ENOENT || jail->uploads == -ENOTDIR || jail->uploads == -EINVAL)
        jail->uploads = UPLOADS_NONE;
    else if (jail->uploads < 0)
        jail->uploads = UPLOADS_UNKNOWN;
}

/* Goes up from a directory until it meets the upload directory or the root.  Closes it. */
static enum area climb(int directory, const struct statx *root, const struct statx *uploads)
{
    enum area area = AREA_UNKNOWN;
    struct statx about;
    for (int i = 0; i < DEPTH_MAX && directory >= 0; i++) {
        if (look_fd(directory, STATX_INO, &about) != 0)
            break;
        if (same(&about, uploads))
            area = AREA_UPLOADS;
        else if (same(&about, root))
            area = AREA_HOME;
        if (area != AREA_UNKNOWN)
            break;
        const int above = beneath_parent(directory);
        close(directory);
        directory = above;
    }
    if (directory >= 0)
        close(directory);
    return area;
}

enum area rights_area(const struct jail *jail, int directory)
{
    struct statx root, uploads;
    if (jail->uploads == UPLOADS_NONE)
        return AREA_HOME;
    if (jail->uploads < 0 || look_fd(jail->root, STATX_INO, &root) != 0 ||
        look_fd(jail->uploads, STATX_INO, &uploads) != 0)
        return AREA_UNKNOWN;
    return climb(open_name(directory, ".", O_PATH | O_DIRECTORY, 0), &root, &uploads);
}

uint32_t rights_in(const struct jail *jail, enum area area)
{
    switch (area) {
    case AREA_HOME:
        return jail->who->policy.rights;
    case AREA_UPLOADS:
        return jail->who->policy.upload_rights;
    case AREA_UNKNOWN:
        break;
    }
    return 0;
}

bool rights_is_uploads(const struct jail *jail, const struct statx *about)
{
    struct statx uploads;
    return jail->uploads >= 0 && look_fd(jail->uploads, STATX_INO, &uploads) == 0 &&
           same(about, &uploads);
}

bool may(const struct jail *jail, uint32_t rights)
{
    return ((jail->who->policy.rights | jail->who->policy.upload_rights) & rights) != 0;
}

int rights_check(const struct jail *jail, int directory, uint32_t rights)
{
    const enum area area = rights_area(jail, directory);
    if (rights_in(jail, area) & rights)
        return 0;
    if (area == AREA_UPLOADS)
        return -JAIL_UPLOADED;
    return area == AREA_HOME && jail->who->policy.upload_rights & rights ? -JAIL_NOT_HERE
                                                                         : -JAIL_DENIED;
}

bool rights_are_shared(const struct jail *jail, int directory)
{
    return rights_area(jail, directory) != AREA_HOME;
}

bool rights_hide(const struct jail *jail, enum area area)
{
    return area == AREA_UNKNOWN || (area == AREA_UPLOADS && !jail->who->policy.list_uploads);
}
