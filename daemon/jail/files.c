/* files.c - runs in JAIL, as the user, in the user's root.  Answers NET's
 * questions about single names, and its changes of them. */
#include "daemon/jail/files.h"

#include "common/text.h"
#include "daemon/config/config.h"
#include "daemon/ipc/log.h"
#include "daemon/jail/inside.h"
#include "daemon/jail/parts.h"
#include "daemon/jail/report.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
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

void files_tell(const struct statx *about, struct jail_file *file)
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

static int look_once(const struct jail *jail, char *path, bool follow, unsigned mask, struct statx *about)
{
    const int fd = beneath_open(jail->root, path, O_PATH | (follow ? 0 : O_NOFOLLOW));
    if (fd < 0)
        return fd;
    const int result = look_fd(fd, mask, about);
    close(fd);
    return result;
}

/* Gives an upload that died the name it was meant for. */
static void settle_left(const struct jail *jail, char *path)
{
    struct place place;
    if (!may(jail, STORES) || beneath_resolve(jail->root, path, &place) != 0)
        return;
    (void)parts_meet(jail, &place, PART_LOOK, NULL, NULL); /* where it fails, the name is still missing */
    place_close(&place);
}

int files_look(const struct jail *jail, char *path, bool follow, unsigned mask, struct statx *about)
{
    const int result = look_once(jail, path, follow, mask, about);
    if (result != -ENOENT)
        return result;
    settle_left(jail, path);
    return look_once(jail, path, follow, mask, about);
}

int files_judge_sight(const struct jail *jail, char *path, bool follow)
{
    struct place place;
    if (jail->uploads == UPLOADS_NONE)
        return 0;
    const int result =
        follow ? beneath_resolve(jail->root, path, &place) : beneath_place(jail->root, path, &place);
    if (result != 0)
        return result;
    const bool hidden = rights_hide(jail, rights_area(jail, place.parent));
    place_close(&place);
    return hidden ? -JAIL_UPLOADED : 0;
}

/* Of a name that does not exist: what this log-in's own cut upload to it left (law U3). */
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
    int result = files_look(jail, ask->path, follow, STATX_BASIC_STATS, &about);
    if (result == -ENOENT && ask->flags & STAT_PART)
        result = look_at_part(jail, ask->path, &about);
    const int seen = result == 0 && S_ISDIR(about.stx_mode) ? 0 : files_judge_sight(jail, ask->path, follow);
    if (seen != 0)
        result = seen;
    if (result == 0)
        files_tell(&about, &reply->answer.file);
    return result;
}

int files_chdir(struct jail *jail, void *request, struct reply *reply)
{
    struct jail_path *ask = request;
    (void)reply;
    const size_t n = strlen(ask->path);
    if (!text_copy(ask->path + n, sizeof ask->path - n, "/.")) /* asks for the right to enter */
        return -ENAMETOOLONG;
    const int fd = beneath_open(jail->root, ask->path, O_PATH | O_DIRECTORY);
    if (fd < 0)
        return fd;
    close(fd);
    return 0;
}

/* Neither a hidden upload of this name nor one in place is running; the guard
 * keeps the latter away.  What a dead session left is settled (law C2). */
static int lay_hand_on(const struct jail *jail, const struct place *place, int *guard)
{
    *guard = -1;
    const int met = parts_meet(jail, place, PART_LOOK, NULL, NULL);
    if (met == PART_BUSY || met == PART_STALLED)
        return -JAIL_BUSY;
    return upload_guard(place, guard);
}

static void let_go(int guard)
{
    if (guard >= 0)
        close(guard);
}

static int make_directory(struct jail *jail, const struct place *place)
{
    int guard, result = change_begin(jail, QUOTA_WANT_FILE);
    if (result != 0)
        return result;
    change_lock(jail);
    result = lay_hand_on(jail, place, &guard);
    if (result != -JAIL_BUSY)
        result = mkdirat(place->parent, place->name, jail->who->policy.directory_mode) == 0 ? 0 : -errno;
    let_go(guard);
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

/* What only the server sees must not keep a directory from being removed. */
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

/* What cut uploads of this name left goes with it (law U3). */
static void clear_parts(const struct jail *jail, const struct place *place, struct jail_usage *gone)
{
    (void)parts_meet(jail, place, PART_CLEAR, NULL, gone);
    (void)parts_meet_own(jail, place, HIDDEN_OVER, PART_CLEAR, gone);
    if (jail->who->policy.failed_uploads == FAILED_HIDE)
        (void)parts_meet_own(jail, place, HIDDEN_NEW, PART_CLEAR, gone);
}

static int remove_name(const struct jail *jail, const struct place *place, struct jail_usage *gone)
{
    int guard, result = lay_hand_on(jail, place, &guard);
    const struct jail_usage weight = change_weigh(jail, place->parent, place->name);
    if (result == 0)
        result = unlinkat(place->parent, place->name, 0) == 0 ? 0 : -errno;
    let_go(guard);
    if (result != 0)
        return result;
    *gone = weight;
    clear_parts(jail, place, gone);
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
    result = lay_hand_on(jail, &place, &guard);
    if (result == 0)
        result = look_at(place.parent, place.name, STATX_TYPE, &about);
    let_go(guard);
    place_close(&place);
    return result;
}

/* Over an existing name only with the right to overwrite. */
static int rename_places(const struct jail *jail, const struct place *from, const struct place *to,
                         struct jail_usage *gone)
{
    const unsigned flags = may(jail, RIGHT_OVERWRITE) ? 0 : RENAME_NOREPLACE;
    const int result = rename_name(from->parent, from->name, to->parent, to->name, flags);
    if (result != 0)
        return result == -EEXIST && flags ? -JAIL_DENIED : result;
    clear_parts(jail, from, gone);
    return 0;
}

/* What the name that is taken stood for is gone, but where both were names of one file: then neither is. */
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

/* Two cases of one name may be two files to the kernel there, and one to who serves it. */
static bool is_fuse(int directory)
{
    struct statfs system;
    return fstatfs(directory, &system) == 0 && system.f_type == FUSE_SUPER_MAGIC;
}

static int rename_guarded(const struct jail *jail, const struct place *from, const struct place *to,
                          struct jail_usage *gone)
{
    int from_guard = -1, to_guard = -1;
    int result = lay_hand_on(jail, from, &from_guard);
    const bool one_file = result == 0 && from_guard >= 0 && still_named(to->parent, to->name, from_guard);
    if (one_file || is_fuse(from->parent)) { /* then a file that is open is moved out of the way, and lost */
        let_go(from_guard);
        from_guard = -1;
    }
    if (result == 0 && !one_file)
        result = lay_hand_on(jail, to, &to_guard);
    if (is_fuse(to->parent)) {
        let_go(to_guard);
        to_guard = -1;
    }
    if (result == 0)
        result = rename_weighed(jail, from, to, gone);
    let_go(from_guard);
    let_go(to_guard);
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

/* The nine permission bits; set-uid, set-gid and sticky stay as they are (law R7). */
int files_set_mode(struct jail *jail, void *request, struct reply *reply)
{
    struct jail_path *ask = request;
    struct place place;
    struct statx about;
    (void)reply;
    if (ask->value < 0 || ask->value > 0777)
        border_violated(jail, "a mode that there is not");
    int result = beneath_resolve(jail->root, ask->path, &place);
    if (result != 0)
        return result;
    result = look_at(place.parent, place.name, STATX_TYPE | STATX_MODE, &about);
    if (result == 0 && S_ISLNK(about.stx_mode))
        result = -ELOOP; /* it came meanwhile */
    if (result == 0 && change_is_counted(jail) && S_ISDIR(about.stx_mode) && (ask->value & 0500) != 0500)
        result = -JAIL_DENIED; /* nobody could count what lies in it */
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
        border_violated(jail, "a time that there is not");
    const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
                                       { .tv_sec = ask->value, .tv_nsec = (long)ask->nanoseconds } };
    int result = beneath_resolve(jail->root, ask->path, &place);
    if (result != 0)
        return result;
    result = utimensat(place.parent, place.name, times, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : -errno;
    place_close(&place);
    return result;
}

static int within_quota(struct jail *jail, struct jail_answer *answer)
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
    const uint64_t block = system.f_frsize > 0 ? (uint64_t)system.f_frsize : (uint64_t)system.f_bsize;
    if (__builtin_mul_overflow((uint64_t)system.f_bavail, block, &reply->answer.file.size))
        reply->answer.file.size = UINT64_MAX;
    return within_quota(jail, &reply->answer);
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

/* SITE UMASK: what the user may do to the files by SITE CHMOD, it may do to those to come. */
int files_umask(struct jail *jail, void *request, struct reply *reply)
{
    const struct jail_path *ask = request;
    if (ask->value < -1 || ask->value > 0777)
        border_violated(jail, "a umask that there is not");
    if (ask->value >= 0 && !may(jail, RIGHT_CHMOD))
        return -JAIL_DENIED;
    if (ask->value >= 0) {
        jail->umask = (uint32_t)ask->value;
        (void)umask(jail->umask);
    }
    reply->answer.file.mode = jail->umask;
    return 0;
}
