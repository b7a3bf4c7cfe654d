/* upload_copy.c - runs in JAIL, as the user, in the user's root.  Copies a
 * complete part into the file that it can't replace (law U2): another owner's,
 * one with several names, a mount of its own. */
#include "daemon/jail/inside.h"

#include "daemon/jail/locks.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { PIECE = 64 * 1024, CALL_MOST = 1 << 30 };

/* Through our memory: a file system that can't copy by itself, or two of them. */
static int copy_by_hand(int from, int to, off_t at, off_t size)
{
    static char piece[PIECE];
    while (at < size) {
        const size_t wanted = size - at < PIECE ? (size_t)(size - at) : PIECE;
        const ssize_t got = pread(from, piece, wanted, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? -errno : -EIO;
        for (ssize_t done = 0; done < got;) {
            const ssize_t n = pwrite(to, piece + done, (size_t)(got - done), at + done);
            if (n < 0 && errno != EINTR)
                return -errno;
            done += n > 0 ? n : 0;
        }
        at += got;
    }
    return 0;
}

static int copy_bytes(int from, int to, off_t size)
{
    off_t at = 0;
    while (at < size) {
        off_t in = at, out = at;
        const size_t wanted = size - at < CALL_MOST ? (size_t)(size - at) : CALL_MOST;
        const ssize_t n = copy_file_range(from, &in, to, &out, wanted, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EIO || errno == EFBIG))
            return -errno;
        if (n <= 0)
            return copy_by_hand(from, to, at, size);
        at += n;
    }
    return 0;
}

/* Where the disk is full the old version is still whole. */
static int reserve(int to, uint64_t size)
{
    struct statx about;
    struct statvfs system;
    const int looked = look_fd(to, STATX_SIZE, &about);
    if (looked != 0 || size <= about.stx_size)
        return looked;
    if (fstatvfs(to, &system) == 0 && system.f_frsize > 0 &&
        (size - about.stx_size) / system.f_frsize > system.f_bavail)
        return -ENOSPC;
    if (fallocate(to, FALLOC_FL_KEEP_SIZE, 0, (off_t)size) == 0)
        return 0;
    return errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? -errno : 0; /* else it can't reserve */
}

static int copy_all(const struct jail *jail, int from, int to, uint64_t size)
{
    int result = copy_bytes(from, to, (off_t)size);
    if (result == 0 && ftruncate(to, (off_t)size) != 0)
        result = -errno;
    if (result == 0 && jail->who->policy.sync_uploads && fsync(to) != 0)
        result = -errno;
    return result;
}

int upload_copy_again(const struct jail *jail, const struct place *place, const char *part)
{
    struct statx about;
    const int to = open_name(place->parent, place->name, O_WRONLY, 0);
    if (to < 0)
        return to;
    const int from = open_name(place->parent, part, O_RDONLY, 0);
    int result = from < 0 ? from : look_fd(from, STATX_SIZE, &about);
    if (result == 0 && lock_take(to, LOCK_UPLOAD, true) == -EAGAIN)
        result = -JAIL_BUSY;
    if (result == 0)
        result = copy_all(jail, from, to, about.stx_size);
    close(to);
    if (from >= 0)
        close(from);
    return result;
}

/* The target, as it stands under its name now. */
static int open_target(const struct upload *upload)
{
    const int fd = open_name(upload->place.parent, upload->place.name, O_WRONLY, 0);
    if (fd < 0 || lock_take(fd, LOCK_UPLOAD, true) != -EAGAIN || upload->target >= 0)
        return fd; /* the lock is our own, or out of reach */
    close(fd);
    return -JAIL_BUSY;
}

/* From now on it is finished by whoever meets it. */
static void call_it_whole(const struct jail *jail, struct upload *upload)
{
    char whole[HIDDEN_ROOM];
    hidden_part_name(upload->place.name, jail->who->login, HIDDEN_WHOLE, whole);
    if (rename_name(upload->place.parent, upload->hidden, upload->place.parent, whole, 0) == 0)
        memcpy(upload->hidden, whole, sizeof whole);
    upload_mark(upload);
}

int upload_copy(const struct jail *jail, struct upload *upload, uint64_t size)
{
    const int to = open_target(upload);
    if (to < 0)
        return to;
    const int from = open_name(upload->place.parent, upload->hidden, O_RDONLY, 0);
    int result = from < 0 ? from : reserve(to, size);
    if (result == 0) {
        call_it_whole(jail, upload);
        result = copy_all(jail, from, to, size);
    }
    if (result == 0 && unlinkat(upload->place.parent, upload->hidden, 0) == 0)
        upload->marked = false;
    close(to);
    if (from >= 0)
        close(from);
    return result;
}
