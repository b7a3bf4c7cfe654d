/* SPDX-License-Identifier: BSD-2-Clause */
/* files.c - runs in JAIL, as the user, in the user's root.  Answers NET's
 * questions about single files, and changes them. */
#include "daemon/jail/handlers.h"

#include "daemon/ipc/log.h"
#include "daemon/jail/change.h"
#include "daemon/jail/file_info.h"
#include "daemon/jail/floor.h"
#include "daemon/jail/guard.h"
#include "daemon/jail/parts.h"
#include "daemon/jail/report.h"
#include "daemon/jail/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

enum { STORES = RIGHT_UPLOAD | RIGHT_OVERWRITE | RIGHT_APPEND };

/* For a name that does not exist: statx of the part that an interrupted upload of the same log-in
 * left (law U3). */
static int look_at_part(const struct jail *jail, char *path, struct statx *about)
{
    struct place place;
    if (!may(jail, STORES) || beneath_resolve(jail->root, path, &place) != 0)
        return -ENOENT;
    const int result = parts_look_own(jail, &place, HIDDEN_NEW, about);
    place_close(&place);
    return result;
}

int files_stat(struct jail *jail, void *request, struct reply *reply)
{
    struct jail_path *ask = request;
    struct statx about;
    const bool follow = ask->flags & STAT_FOLLOW;
    int result = file_info_look(jail, ask->path, follow, STATX_BASIC_STATS, &about);
    if (result == -ENOENT && ask->flags & STAT_PART)
        result = look_at_part(jail, ask->path, &about);
    const int seen =
        result == 0 && S_ISDIR(about.stx_mode) ? 0 : file_info_may_see(jail, ask->path, follow);
    if (seen != 0)
        result = seen;
    if (result == 0)
        file_info_fill(&about, &reply->answer.file);
    return result;
}

static int remove_name(const struct jail *jail, const struct place *place, struct jail_usage *gone)
{
    int guard, result = guard_name(jail, place, &guard);
    const struct jail_usage weight = change_weigh(jail, place->parent, place->name);
    if (result == 0)
        result = unlinkat(place->parent, place->name, 0) == 0 ? 0 : -errno;
    guard_release(guard);
    if (result != 0)
        return result;
    *gone = weight;
    guard_clear_parts(jail, place, gone);
    return 0;
}

static int remove_file(struct jail *jail, const struct place *place)
{
    struct jail_usage gone = { .bytes = 0 };
    struct statx about;
    int result = change_begin(jail, 0);
    if (result != 0)
        return result;
    change_lock(jail);
    if (log_wants(EVENT_DELETE) && look_at(place->parent, place->name, STATX_SIZE, &about) == 0)
        report_removed(about.stx_size);
    result = remove_name(jail, place, &gone);
    change_unlock(jail);
    change_end(jail, -(int64_t)gone.bytes, -(int64_t)gone.files);
    return result;
}

int files_delete(struct jail *jail, void *request, struct reply *reply)
{
    struct jail_path *ask = request;
    struct place place;
    (void)reply;
    int result = beneath_place(jail->root, ask->path, &place);
    if (result != 0)
        return result == -EBUSY ? -EISDIR : result;
    result = remove_file(jail, &place);
    place_close(&place);
    return result;
}

/* Sets the nine permission bits; set-uid, set-gid and sticky stay (law R7). */
int files_set_mode(struct jail *jail, void *request, struct reply *reply)
{
    struct jail_path *ask = request;
    struct place place;
    struct statx about;
    (void)reply;
    if (ask->value < 0 || ask->value > 0777)
        return border_violated(jail, "a mode that does not exist");
    int result = beneath_resolve(jail->root, ask->path, &place);
    if (result != 0)
        return result;
    result = look_at(place.parent, place.name, STATX_TYPE | STATX_MODE, &about);
    /* created meanwhile */
    if (result == 0 && S_ISLNK(about.stx_mode))
        result = -ELOOP;
    if (result == 0 && change_is_counted(jail) && S_ISDIR(about.stx_mode) &&
        (ask->value & 0500) != 0500)
        result = -JAIL_DENIED; /* its files could not be counted any more */
    const mode_t mode = (mode_t)((about.stx_mode & 07000) | (unsigned)ask->value);
    if (result == 0)
        result = fchmodat(place.parent, place.name, mode, 0) == 0 ? 0 : -errno;
    place_close(&place);
    return result;
}

int files_set_time(struct jail *jail, void *request, struct reply *reply)
{
    struct jail_path *ask = request;
    struct place place;
    (void)reply;
    if (ask->nanoseconds > 999999999)
        return border_violated(jail, "a time that does not exist");
    const struct timespec times[2] = {
        { .tv_nsec = UTIME_OMIT }, { .tv_sec = ask->value, .tv_nsec = (long)ask->nanoseconds }
    };
    int result = beneath_resolve(jail->root, ask->path, &place);
    if (result != 0)
        return result;
    result = utimensat(place.parent, place.name, times, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : -errno;
    place_close(&place);
    return result;
}

static int limit_to_quota(struct jail *jail, struct jail_answer *answer)
{
    const int result = change_look(jail, QUOTA_WANT_NUMBERS);
    answer->limit = jail->change.left;
    if (answer->file.size > answer->limit)
        answer->file.size = answer->limit;
    return result;
}

int files_space(struct jail *jail, void *request, struct reply *reply)
{
    struct jail_path *ask = request;
    struct statfs system;
    const int fd = beneath_open(jail->root, ask->path, O_PATH);
    if (fd < 0)
        return fd;
    const int result = fstatfs(fd, &system) == 0 ? 0 : -errno;
    close(fd);
    if (result != 0)
        return result;
    reply->answer.file.size = floor_free(jail, &system);
    return limit_to_quota(jail, &reply->answer);
}

int files_usage(struct jail *jail, void *request, struct reply *reply)
{
    (void)request;
    if (!change_is_counted(jail))
        return 0;
    const int result = change_look(jail, QUOTA_WANT_NUMBERS);
    reply->answer.used = jail->change.used;
    return result;
}

/* SITE UMASK needs the right for SITE CHMOD, because it sets the mode of new files. */
int files_umask(struct jail *jail, void *request, struct reply *reply)
{
    const struct jail_path *ask = request;
    if (ask->value < -1 || ask->value > 0777)
        return border_violated(jail, "a umask that does not exist");
    if (ask->value >= 0 && !may(jail, RIGHT_CHMOD))
        return -JAIL_DENIED;
    if (ask->value >= 0) {
        jail->umask = (uint32_t)ask->value;
        (void)umask(jail->umask);
    }
    reply->answer.file.mode = jail->umask;
    return 0;
}
