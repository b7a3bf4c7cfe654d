/* SPDX-License-Identifier: BSD-2-Clause */
/* rename.c - runs in JAIL, as the user, in the user's root.  Answers RENAME_CHECK
 * and RENAME. */
#include "daemon/jail/handlers.h"

#include "daemon/jail/change.h"
#include "daemon/jail/guard.h"
#include "daemon/jail/rights.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

int files_rename_check(struct jail *jail, void *request, struct reply *reply)
{
    struct jail_path *ask = request;
    struct place place;
    struct statx about;
    int guard;
    (void)reply;
    int result = beneath_place(jail->root, ask->path, &place);
    if (result != 0)
        return result;
    result = guard_name(jail, &place, &guard);
    if (result == 0)
        result = look_at(place.parent, place.name, STATX_TYPE, &about);
    guard_release(guard);
    place_close(&place);
    return result;
}

/* Renaming over an existing name needs the right to overwrite. */
static int rename_places(const struct jail *jail, const struct place *from, const struct place *to,
                         struct jail_usage *gone)
{
    const unsigned flags = may(jail, RIGHT_OVERWRITE) ? 0 : RENAME_NOREPLACE;
    const int result = rename_name(from->parent, from->name, to->parent, to->name, flags);
    if (result != 0)
        return result == -EEXIST && flags ? -JAIL_DENIED : result;
    guard_clear_parts(jail, from, gone);
    return 0;
}

/* The file that had the new name is gone, unless both were names of the same file: then nothing
 * is. */
static int rename_weighed(const struct jail *jail, const struct place *from, const struct place *to,
                          struct jail_usage *gone)
{
    const struct jail_usage weight = change_weigh(jail, to->parent, to->name);
    const int result = rename_places(jail, from, to, gone);
    if (result == 0 && !(weight.files && change_weigh(jail, from->parent, from->name).files)) {
        gone->bytes += weight.bytes;
        gone->files += weight.files;
    }
    return result;
}

/* On FUSE, a name in upper and in lower case may be two files to the kernel, but one to the
 * server. */
static bool is_fuse(int directory)
{
    struct statfs system;
    return fstatfs(directory, &system) == 0 && system.f_type == FUSE_SUPER_MAGIC;
}

static int rename_guarded(const struct jail *jail, const struct place *from, const struct place *to,
                          struct jail_usage *gone)
{
    int from_guard = -1, to_guard = -1;
    int result = guard_name(jail, from, &from_guard);
    const bool one_file =
        result == 0 && from_guard >= 0 && still_named(to->parent, to->name, from_guard);
    /* there an open file would be moved out of the way, and lost */
    if (one_file || is_fuse(from->parent)) {
        guard_release(from_guard);
        from_guard = -1;
    }
    if (result == 0 && !one_file)
        result = guard_name(jail, to, &to_guard);
    if (is_fuse(to->parent)) {
        guard_release(to_guard);
        to_guard = -1;
    }
    if (result == 0)
        result = rename_weighed(jail, from, to, gone);
    guard_release(from_guard);
    guard_release(to_guard);
    return result;
}

static int rename_counted(struct jail *jail, const struct place *from, const struct place *to)
{
    struct jail_usage gone = { .bytes = 0 };
    int result = change_begin(jail, 0);
    if (result != 0)
        return result;
    change_lock(jail);
    result = rename_guarded(jail, from, to, &gone);
    change_unlock(jail);
    change_end(jail, -(int64_t)gone.bytes, -(int64_t)gone.files);
    return result;
}

int files_rename(struct jail *jail, void *request, struct reply *reply)
{
    struct jail_rename *ask = request;
    struct place from = { .parent = -1 }, to = { .parent = -1 };
    (void)reply;
    int result = beneath_place(jail->root, ask->paths, &from);
    if (result == 0)
        result = beneath_place(jail->root, ask->paths + ask->from_length + 1, &to);
    if (result == 0)
        result = rename_counted(jail, &from, &to);
    place_close(&from);
    place_close(&to);
    return result;
}
