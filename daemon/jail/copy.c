/* SPDX-License-Identifier: BSD-2-Clause */
/* copy.c - runs in JAIL, as the user, in the user's root.  Copies the content
 * of files. */
#include "daemon/jail/copy.h"

#include "daemon/jail/beneath.h"
#include "daemon/jail/locks.h"
#include "daemon/jail/state.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { PIECE_SIZE = 64 * 1024, CALL_MAX = 1 << 30 };

/* Through our own memory: for file systems that can't copy, and between two of them. */
static int copy_by_hand(int from, int to, off_t at, off_t size)
{
    static char piece[PIECE_SIZE];
    while (at < size) {
        const size_t wanted = size - at < PIECE_SIZE ? (size_t)(size - at) : PIECE_SIZE;
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
        const size_t wanted = size - at < CALL_MAX ? (size_t)(size - at) : CALL_MAX;
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

/* Finds a full disk while the old version is still whole. */
int copy_reserve(int to, uint64_t size)
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
    /* other errors: this file system can't reserve space */
    return errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? -errno : 0;
}

int copy_file(int from, int to, uint64_t size, bool sync)
{
    int result = copy_bytes(from, to, (off_t)size);
    if (result == 0 && ftruncate(to, (off_t)size) != 0)
        result = -errno;
    if (result == 0 && sync && fsync(to) != 0)
        result = -errno;
    return result;
}

int copy_part_again(const struct jail *jail, const struct place *place, const char *part)
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
        result = copy_file(from, to, about.stx_size, jail->who->policy.sync_uploads);
    close(to);
    if (from >= 0)
        close(from);
    return result;
}
