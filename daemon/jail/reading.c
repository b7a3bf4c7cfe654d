/* SPDX-License-Identifier: BSD-2-Clause */
/* reading.c - runs in JAIL, as the user, in the user's root.  Answers NET's
 * OPEN_READ with a descriptor that can only read. */
#include "daemon/jail/handlers.h"

#include "common/text.h"
#include "daemon/jail/access.h"
#include "daemon/jail/file_info.h"
#include "daemon/jail/parts.h"
#include "daemon/jail/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* No symbolic link leads to the part of an upload (law U2). */
static int check_link(const struct jail *jail, char *path)
{
    struct place place;
    const int result = beneath_resolve(jail->root, path, &place);
    if (result != 0)
        return result;
    place_close(&place);
    return hidden_is(place.name) ? -JAIL_BAD_NAME : 0;
}

/* Looks before the file is opened: opening a FIFO lets its writer go on, opening
 * a device may do anything (law N5).  *plain: path itself is no symbolic link. */
static int look_first(const struct jail *jail, char *path, bool *plain)
{
    struct statx about;
    *plain = look_at(jail->root, path + strspn(path, "/"), STATX_TYPE, &about) == 0 &&
             S_ISREG(about.stx_mode);
    /* the usual case, by one call */
    if (*plain)
        return 0;
    const int result = file_info_look(jail, path, true, STATX_TYPE, &about);
    if (result != 0)
        return result;
    return S_ISREG(about.stx_mode) ? check_link(jail, path) : -JAIL_NOT_REGULAR;
}

/* Checks an open file and goes to the offset.  Returns fd, or closes it and returns -errno. */
static int check_opened(int fd, uint64_t offset, struct jail_file *file)
{
    struct statx about;
    if (fd < 0)
        return fd;
    int result = look_fd(fd, STATX_BASIC_STATS, &about);
    if (result == 0 && !S_ISREG(about.stx_mode))
        result = -JAIL_NOT_REGULAR;
    if (result == 0 && offset > about.stx_size) {
        file->size = about.stx_size;
        result = -JAIL_BEYOND_END;
    }
    if (result == 0 && offset > 0 && lseek(fd, (off_t)offset, SEEK_SET) < 0)
        result = -errno;
    if (result != 0) {
        close(fd);
        return result;
    }
    file_info_fill(&about, file);
    return fd;
}

/* For guests with an upload directory, where rights depend on the place: resolves all links
 * first, checks the place, and then opens the name in it. */
static int open_in_area(const struct jail *jail, struct jail_path *ask, struct jail_file *file)
{
    struct place place;
    struct statx about;
    int result = beneath_resolve(jail->root, ask->path, &place);
    if (result != 0)
        return result == -EISDIR || result == -EBUSY ? -JAIL_NOT_REGULAR : result;
    result = rights_check(jail, place.parent, RIGHT_DOWNLOAD);
    if (result == 0 && hidden_is(place.name))
        result = -JAIL_BAD_NAME;
    if (result == 0)
        result = look_at(place.parent, place.name, STATX_TYPE, &about);
    if (result == 0 && !S_ISREG(about.stx_mode))
        result = -JAIL_NOT_REGULAR;
    if (result == 0)
        result = check_opened(open_name(place.parent, place.name, O_RDONLY, 0), ask->offset, file);
    place_close(&place);
    return result;
}

/* Could this user write to it?  By the mode; an ACL that permits more shows in the bits of the
 * group. */
static bool may_be_written(const struct jail *jail, const struct jail_file *file)
{
    return (file->mode & (file->uid == jail->who->uid ? S_IWUSR : S_IWGRP | S_IWOTH)) != 0;
}

/* Uploads are copied into such a file, and a killed session may have left it with half of each
 * version.  Only a user who may write to it can finish that. */
static bool may_be_copied_into(const struct jail *jail, const struct jail_file *file)
{
    return may(jail, RIGHT_UPLOAD | RIGHT_OVERWRITE | RIGHT_APPEND) && may_be_written(jail, file) &&
           (file->uid != jail->who->uid || file->links > 1 ||
            !access_in_group(jail->who, file->gid));
}

/* Has the name a claim, as every unfinished copy has?  One system call. */
static bool is_claimed(const struct jail *jail, const char *path)
{
    UNFILLED char claim[PATH_ROOM + HIDDEN_SIZE];
    struct statx about;
    const char *slash = strrchr(path, '/');
    const size_t n = (size_t)(slash - path) + 1;
    memcpy(claim, path, n);
    hidden_name(slash + 1, claim + n);
    return look_at(jail->root, claim + 1, STATX_TYPE, &about) != -ENOENT;
}

/* Finishes a copy that a killed session left in the file; fd has all of the new version then. */
static void finish_copy(const struct jail *jail, char *path, int fd, struct jail_file *file)
{
    struct place place;
    struct statx about;
    if (beneath_resolve(jail->root, path, &place) != 0)
        return;
    (void)parts_meet(jail, &place, PART_LOOK, NULL, NULL);
    place_close(&place);
    if (look_fd(fd, STATX_BASIC_STATS, &about) == 0)
        file_info_fill(&about, file);
}

static int open_free(const struct jail *jail, struct jail_path *ask, struct jail_file *file)
{
    bool plain;
    const int looked = look_first(jail, ask->path, &plain);
    if (looked != 0)
        return looked;
    const int fd = check_opened(
        beneath_open(jail->root, ask->path, O_RDONLY | O_NONBLOCK | O_NOCTTY), ask->offset, file);
    if (fd >= 0 && may_be_copied_into(jail, file) && (!plain || is_claimed(jail, ask->path)))
        finish_copy(jail, ask->path, fd, file);
    return fd;
}

int reading_open(struct jail *jail, void *request, struct reply *reply)
{
    struct jail_path *ask = request;
    struct jail_file *file = &reply->answer.file;
    const int fd =
        jail->uploads == UPLOADS_NONE ? open_free(jail, ask, file) : open_in_area(jail, ask, file);
    if (fd < 0) {
        reply->answer.used.bytes = file->size;
        return fd;
    }
    reply->fd = fd;
    return 0;
}
