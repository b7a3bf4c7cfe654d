/* SPDX-License-Identifier: BSD-2-Clause */
/* upload_end.c - runs in JAIL, as the user, in the user's root.  Publishes,
 * keeps or removes the hidden part when its upload ends (laws U2, U3). */
#include "daemon/jail/storing.h"

#include "daemon/config/config.h"
#include "daemon/jail/attributes.h"
#include "daemon/jail/change.h"
#include "daemon/jail/locks.h"
#include "daemon/jail/parts.h"
#include "daemon/jail/rights.h"
#include "daemon/jail/upload_held.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Does the part still belong to this upload?  If so, keeps LOCK_FATE.  A session that takes over
 * holds it for a moment, and removes the name. */
static bool part_is_ours(struct upload *upload, const struct statx *part)
{
    int result = -EAGAIN;
    for (int i = 0; i < HIDDEN_TURNS && result == -EAGAIN; i++) {
        if (i > 0)
            hidden_pause();
        result = lock_take(upload->fd, LOCK_FATE, true);
    }
    upload->group = part->stx_gid;
    return result != -EAGAIN && is_named(upload->place.parent, upload->hidden, part);
}

static struct jail_usage usage_of(uint64_t size)
{
    return (struct jail_usage){ .bytes = size, .files = 1 };
}

static void count_as_gone(struct upload *upload, const struct jail_usage *old)
{
    upload->gone.bytes += old->bytes;
    upload->gone.files += old->files;
}

/* Renames the part to the target's name; over an old version, which may have come meanwhile, only
 * if the policy permits it. */
static int publish_name(const struct jail *jail, struct upload *upload, uint64_t size)
{
    const int parent = upload->place.parent;
    int result;
    change_lock(jail);
    if (rights_check(jail, parent, RIGHT_OVERWRITE) == 0) {
        const struct jail_usage old = change_weigh(jail, parent, upload->place.name);
        result = rename_name(parent, upload->hidden, parent, upload->place.name, 0);
        if (result == 0)
            count_as_gone(upload, &old);
    } else {
        result = rename_to_free(parent, upload->hidden, upload->place.name);
    }
    change_unlock(jail);
    if (result == 0)
        upload->now = usage_of(size);
    return result == -EEXIST ? -JAIL_DENIED : result;
}

/* After the copy, it counts as the target. */
static int copy_over_target(const struct jail *jail, struct upload *upload, uint64_t size)
{
    const struct jail_usage old = change_weigh(jail, upload->place.parent, upload->place.name);
    upload->copies = true;
    const int result = upload_copy(jail, upload, size);
    if (result == 0) {
        count_as_gone(upload, &old);
        upload->now = usage_of(size);
    }
    return result;
}

static bool take_attributes(const struct upload *upload, const struct statx *about)
{
    if (upload->target >= 0 && is_same_file(&upload->old, about))
        return attributes_take(upload->target, about, upload->fd, upload->group) == 0;
    const int old = open_name(upload->place.parent, upload->place.name, O_RDONLY, 0);
    const bool taken = old >= 0 && attributes_take(old, about, upload->fd, upload->group) == 0;
    if (old >= 0)
        close(old);
    return taken;
}

/* Replaces the old version by a rename, if the new file can have all its attributes and the
 * kernel permits it; else copies the bytes into it. */
static int replace(const struct jail *jail, struct upload *upload, const struct statx *about,
                   uint64_t size)
{
    if (!S_ISREG(about->stx_mode))
        return -JAIL_NOT_REGULAR;
    if (rights_check(jail, upload->place.parent, RIGHT_OVERWRITE) != 0)
        return -JAIL_DENIED;
    if (!upload->copies && attributes_fit(jail->who, about) && take_attributes(upload, about) &&
        publish_name(jail, upload, size) == 0)
        return 0;
    return copy_over_target(jail, upload, size);
}

/* -EEXIST: the name is not free. */
static int take_free_name(const struct jail *jail, struct upload *upload, uint64_t size)
{
    const int parent = upload->place.parent;
    struct statx about;
    change_lock(jail);
    const int result =
        rename_name(parent, upload->hidden, parent, upload->place.name, RENAME_NOREPLACE);
    change_unlock(jail);
    if (result == 0)
        upload->now = usage_of(size);
    if (result != -EINVAL && result != -ENOSYS && result != -EOPNOTSUPP)
        return result;
    /* a file system without that flag */
    const int looked = look_at(parent, upload->place.name, STATX_TYPE, &about);
    if (looked != -ENOENT)
        return looked == 0 ? -EEXIST : looked;
    return publish_name(jail, upload, size);
}

static int publish_new(const struct jail *jail, struct upload *upload, uint64_t size)
{
    upload_open_directory(upload);
    attributes_of_new(jail, upload->place.parent, upload->directory, upload->fd);
    return take_free_name(jail, upload, size);
}

static int publish_over(const struct jail *jail, struct upload *upload, uint64_t size)
{
    struct statx about;
    const int looked = look_at(upload->place.parent, upload->place.name, STATX_BASIC_STATS, &about);
    return looked == 0 ? replace(jail, upload, &about, size) : looked;
}

/* The target existed, or did not, when the upload began, and mostly it is the same now. */
static int publish_part(const struct jail *jail, struct upload *upload, uint64_t size)
{
    int result = upload_sync_file(jail, upload);
    if (result != 0)
        return result;
    result = upload->over ? publish_over(jail, upload, size) : publish_new(jail, upload, size);
    if (upload->over && result == -ENOENT)
        result = publish_new(jail, upload, size);
    else if (!upload->over && result == -EEXIST)
        result = publish_over(jail, upload, size);
    return result;
}

static void discard_part(struct upload *upload, uint64_t size)
{
    if (unlinkat(upload->place.parent, upload->hidden, 0) != 0 && errno != ENOENT)
        upload->now = usage_of(size);
}

/* How much of the part the quota permits to keep.  The part may have used the space of the old
 * version, which is still there. */
static uint64_t kept_size(struct jail *jail, const struct upload *upload, uint64_t size)
{
    const uint64_t known = upload->part.bytes;
    const bool file = upload->over && upload->part.files == 0;
    if (!jail->change.open || (size <= known && !file))
        return size;
    const uint64_t more = size > known ? size - known : 0;
    if (change_reserve(jail, more, file))
        return size;
    if (file)
        return 0;
    return known < size ? known : size;
}

/* Keeps the part, hidden, in this state. */
static void keep_part(const struct jail *jail, struct upload *upload, enum hidden_state state,
                      uint64_t size)
{
    char name[HIDDEN_SIZE];
    hidden_part_name(upload->place.name, jail->who->login, state, name);
    if (hidden_state_of(upload->hidden) == 0 &&
        rename_to_free(upload->place.parent, upload->hidden, name) != 0) {
        discard_part(upload, size);
        return;
    }
    upload->now = usage_of(size);
    if (jail->who->shares_uid)
        upload_mark(upload);
}

static void leave_new(const struct jail *jail, struct upload *upload, uint64_t size)
{
    if (jail->who->policy.failed_uploads == FAILED_HIDE) {
        keep_part(jail, upload, HIDDEN_NEW, size);
        return;
    }
    const int result = parts_publish(jail, &upload->place, upload->hidden, upload->fd);
    if (result == 0)
        upload->now = usage_of(size);
    else if (result == -EEXIST)
        keep_part(jail, upload, HIDDEN_OVER, size);
    else
        discard_part(upload, size);
}

/* A failed upload: law U3. */
static void leave_part(struct jail *jail, struct upload *upload)
{
    struct statx about;
    const uint64_t size = look_fd(upload->fd, STATX_SIZE, &about) == 0 ? about.stx_size : 0;
    /* the next session that meets it finishes the copy */
    if (hidden_state_of(upload->hidden) == HIDDEN_WHOLE) {
        upload->now = usage_of(size);
        return;
    }
    uint64_t kept = 0;
    if (jail->who->policy.failed_uploads != FAILED_DELETE)
        kept = kept_size(jail, upload, size);
    if (kept < size && kept > 0 && ftruncate(upload->fd, (off_t)kept) != 0)
        kept = 0;
    change_lock(jail);
    if (kept == 0)
        discard_part(upload, size);
    else if (upload->over)
        keep_part(jail, upload, HIDDEN_OVER, kept);
    else
        leave_new(jail, upload, kept);
    change_unlock(jail);
}

int upload_atomic_complete(struct jail *jail, struct upload *upload, const struct statx *part,
                           uint64_t bytes)
{
    const uint64_t size = part->stx_size;
    if (!part_is_ours(upload, part))
        return -JAIL_TAKEN_OVER;
    int result = -EIO; /* law U5: not what NET has counted */
    if (size >= upload->start && size - upload->start == bytes)
        result = publish_part(jail, upload, size);
    if (result != 0) {
        leave_part(jail, upload);
        return result;
    }
    return jail->who->policy.sync_uploads ? upload_sync_directory(upload) : 0;
}

int upload_atomic_fail(struct jail *jail, struct upload *upload)
{
    struct statx part;
    if (look_fd(upload->fd, STATX_INO | STATX_GID, &part) != 0 || !part_is_ours(upload, &part))
        return -JAIL_TAKEN_OVER;
    leave_part(jail, upload);
    return 0;
}
