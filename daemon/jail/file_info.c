/* SPDX-License-Identifier: BSD-2-Clause */
/* file_info.c - runs in JAIL, as the user, in the user's root. */
#include "daemon/jail/file_info.h"

#include "daemon/jail/parts.h"
#include "daemon/jail/rights.h"
#include "daemon/jail/state.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { STORES = RIGHT_UPLOAD | RIGHT_OVERWRITE | RIGHT_APPEND };

static enum file_type type_of(unsigned mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return FILE_REGULAR;
    case S_IFDIR:
        return FILE_DIRECTORY;
    case S_IFLNK:
        return FILE_LINK;
    default:
        return FILE_OTHER;
    }
}

void file_info_fill(const struct statx *about, struct jail_file *file)
{
    *file = (struct jail_file){
        .size = about->stx_size,
        .mtime = about->stx_mtime.tv_sec,
        .inode = about->stx_ino,
        .device = (uint64_t)about->stx_dev_major << 32 | about->stx_dev_minor,
        .mtime_ns = about->stx_mtime.tv_nsec,
        .type = type_of(about->stx_mode),
        .mode = about->stx_mode & 07777,
        .uid = about->stx_uid,
        .gid = about->stx_gid,
        .links = about->stx_nlink,
    };
}

static int look_once(const struct jail *jail, char *path, bool follow, unsigned mask,
                     struct statx *about)
{
    const int fd = beneath_open(jail->root, path, O_PATH | (follow ? 0 : O_NOFOLLOW));
    if (fd < 0)
        return fd;
    const int result = look_fd(fd, mask, about);
    close(fd);
    return result;
}

/* Publishes an upload whose session was killed. */
static void settle_left(const struct jail *jail, char *path)
{
    struct place place;
    if (!may(jail, STORES) || beneath_resolve(jail->root, path, &place) != 0)
        return;
    /* if it fails, the name is still missing */
    (void)parts_meet(jail, &place, PART_LOOK, NULL, NULL);
    place_close(&place);
}

int file_info_look(const struct jail *jail, char *path, bool follow, unsigned mask,
                   struct statx *about)
{
    const int result = look_once(jail, path, follow, mask, about);
    if (result != -ENOENT)
        return result;
    settle_left(jail, path);
    return look_once(jail, path, follow, mask, about);
}

int file_info_may_see(const struct jail *jail, char *path, bool follow)
{
    struct place place;
    if (jail->uploads == UPLOADS_NONE)
        return 0;
    const int result = follow ? beneath_resolve(jail->root, path, &place)
                              : beneath_place(jail->root, path, &place);
    if (result != 0)
        return result;
    const bool hidden = rights_hide(jail, rights_area(jail, place.parent));
    place_close(&place);
    return hidden ? -JAIL_UPLOADED : 0;
}
