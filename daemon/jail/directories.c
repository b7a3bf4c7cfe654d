/* SPDX-License-Identifier: BSD-2-Clause */
/* directories.c - runs in JAIL, as the user, in the user's root.  Answers CHDIR,
 * MKDIR and RMDIR. */
#include "daemon/jail/handlers.h"

#include "common/text.h"
#include "daemon/jail/change.h"
#include "daemon/jail/guard.h"
#include "daemon/jail/parts.h"
#include "daemon/jail/reap.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int files_chdir(struct jail *jail, void *request, struct reply *reply)
{
    struct jail_path *ask = request;
    (void)reply;
    const size_t n = strlen(ask->path);
    if (!text_copy(ask->path + n, sizeof ask->path - n, "/.")) /* needs the right to enter it */
        return -ENAMETOOLONG;
    const int fd = beneath_open(jail->root, ask->path, O_PATH | O_DIRECTORY);
    if (fd < 0)
        return fd;
    close(fd);
    return 0;
}

static int make_directory(struct jail *jail, const struct place *place)
{
    int guard, result = change_begin(jail, QUOTA_WANT_FILE);
    if (result != 0)
        return result;
    change_lock(jail);
    result = guard_name(jail, place, &guard);
    if (result != -JAIL_BUSY)
        result =
            mkdirat(place->parent, place->name, jail->who->policy.directory_mode) == 0 ? 0 : -errno;
    guard_release(guard);
    change_unlock(jail);
    change_end(jail, 0, result == 0);
    return result;
}

int files_mkdir(struct jail *jail, void *request, struct reply *reply)
{
    struct jail_path *ask = request;
    struct place place;
    (void)reply;
    int result = beneath_place(jail->root, ask->path, &place);
    if (result != 0)
        return result == -EBUSY ? -EEXIST : result;
    result = make_directory(jail, &place);
    place_close(&place);
    return result;
}

/* Removes a directory that has only hidden files, which no client sees. */
static int sweep(const struct jail *jail, const struct place *place, struct jail_usage *gone)
{
    const int directory = open_name(place->parent, place->name, O_RDONLY | O_DIRECTORY, 0);
    if (directory < 0)
        return -ENOTEMPTY;
    const int result = parts_sweep(jail, directory, gone);
    close(directory);
    if (result != 0)
        return result;
    return unlinkat(place->parent, place->name, AT_REMOVEDIR) == 0 ? 0 : -errno;
}

static int remove_directory(struct jail *jail, const struct place *place)
{
    struct jail_usage gone = { .bytes = 0 };
    int result = change_begin(jail, 0);
    if (result != 0)
        return result;
    change_lock(jail);
    result = unlinkat(place->parent, place->name, AT_REMOVEDIR) == 0 ? 0 : -errno;
    if (result == -ENOTEMPTY || result == -EEXIST)
        result = sweep(jail, place, &gone);
    change_unlock(jail);
    gone.files += result == 0;
    change_end(jail, -(int64_t)gone.bytes, -(int64_t)gone.files);
    return result;
}

int files_rmdir(struct jail *jail, void *request, struct reply *reply)
{
    struct jail_path *ask = request;
    struct place place;
    (void)reply;
    int result = beneath_place(jail->root, ask->path, &place);
    if (result != 0)
        return result;
    result = remove_directory(jail, &place);
    place_close(&place);
    return result;
}
