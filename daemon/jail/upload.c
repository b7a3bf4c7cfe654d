/* SPDX-License-Identifier: BSD-2-Clause */
/* upload.c - runs in JAIL, as the user, in the user's root.  Answers NET's
 * STORE_CREATE and STORE_SETTLE. */
#include "daemon/jail/storing.h"

#include "daemon/ipc/log.h"
#include "daemon/jail/change.h"
#include "daemon/jail/floor.h"
#include "daemon/jail/handlers.h"
#include "daemon/jail/locks.h"
#include "daemon/jail/upload_held.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { UNFLUSHED_MOST = 64 * 1024 * 1024 };

/* Could no part be created or locked in the directory?  Then the file itself is written to. */
static bool needs_place(int result)
{
    return result == -EACCES || result == -EPERM || result == -EROFS || result == -EOPNOTSUPP ||
           result == -ENAMETOOLONG || result == -EINVAL;
}

static int begin_whole(struct jail *jail, struct upload *upload, const struct target *target)
{
    const int result = upload_atomic_begin(jail, upload, target);
    if (!target->exists || !needs_place(result))
        return result;
    upload->atomic = false;
    const int direct = upload_direct_begin(jail, upload, STORE_WHOLE, 0);
    if (direct == 0)
        log_note(LOG_LEVEL_INFO,
                 "%s is written in place: no temporary file can be created in its directory: %s",
                 upload->place.name, strerror(-result));
    return direct;
}

static int begin_by_kind(struct jail *jail, const struct jail_path *ask, struct upload *upload,
                         const struct target *target)
{
    const uint32_t how = upload_how(ask);
    if (how == STORE_UNIQUE)
        return upload_unique_begin(jail, upload);
    if (target->state) {
        const uint64_t offset = how == STORE_APPEND ? target->part.stx_size : ask->offset;
        log_note(LOG_LEVEL_INFO, "continuing an upload of %" PRIu64 " bytes of %s",
                 (uint64_t)target->part.stx_size, target->place.name);
        return upload_continue_begin(jail, upload, target, offset);
    }
    if (upload_is_atomic(jail, how))
        return begin_whole(jail, upload, target);
    return upload_direct_begin(jail, upload, how, ask->offset);
}

/* The upload may write over what is there, and beyond it as much as the quota has granted. */
static uint64_t granted(const struct jail *jail, const struct upload *upload)
{
    uint64_t size;
    return __builtin_add_overflow(upload->before, jail->change.bytes, &size) ? UINT64_MAX : size;
}

static void set_limit(const struct jail *jail, struct upload *upload, struct jail_answer *answer)
{
    const uint64_t by_quota = granted(jail, upload);
    const uint64_t limit = by_quota < upload->floor ? by_quota : upload->floor;
    upload->limit = limit < upload->most ? limit : upload->most;
    answer->limit = upload->limit;
    answer->more = limit < upload->most;
}

static int begin_within_quota(struct jail *jail, const struct jail_path *ask,
                              const struct target *target)
{
    struct upload *upload = &jail->upload;
    int result = change_begin(jail, upload_wants(ask, target));
    if (result != 0)
        return result;
    change_lock(jail);
    result = begin_by_kind(jail, ask, upload, target);
    change_unlock(jail);
    if (result != 0)
        change_end(jail, -(int64_t)upload->cleared.bytes,
                   (int64_t)upload->left - (int64_t)upload->cleared.files);
    return result;
}

static int create_once(struct jail *jail, struct jail_path *ask, bool again,
                       struct jail_answer *answer)
{
    struct upload *upload = &jail->upload;
    struct target target;
    int result = upload_find(jail, ask, &target);
    /* may have changed since the check before the 150 */
    if (result == 0)
        result = upload_admit(jail, ask, again, &target);
    const uint64_t most = jail->who->policy.max_file_size;
    *upload = (struct upload){ .fd = -1,
                               .claim = -1,
                               .target = -1,
                               .directory = -EBADF,
                               .place = target.place,
                               .most = most != 0 ? most : UINT64_MAX };
    upload->creates = !target.exists || ask->how == STORE_UNIQUE;
    if (result == 0)
        result = begin_within_quota(jail, ask, &target);
    upload_fill_answer(jail, &target, result, answer);
    if (result != 0) {
        place_close(&upload->place);
        upload->fd = -1;
    }
    return result;
}

/* Tries again after -EAGAIN: another session has created, replaced or removed the target, so that
 * rights and quota were checked for another file. */
static int create(struct jail *jail, struct jail_path *ask, struct jail_answer *answer)
{
    int result = -EAGAIN;
    for (int i = 0; i < HIDDEN_TURNS && result == -EAGAIN; i++) {
        if (i > 0)
            hidden_pause();
        result = create_once(jail, ask, i > 0, answer);
    }
    return result == -EAGAIN ? -JAIL_BUSY : result;
}

int upload_create(struct jail *jail, void *request, struct reply *reply)
{
    struct jail_path *ask = request;
    struct upload *upload = &jail->upload;

    if (upload->fd >= 0)
        return border_violated(jail, "a second upload");
    const int result = create(jail, ask, &reply->answer);
    if (result != 0)
        return result;
    if (floor_raise(jail, upload, upload->start) != 0) /* else the first STORE_MORE fails */
        upload->floor = upload->start;
    if (ask->how == STORE_UNIQUE)
        memcpy(reply->answer.name, upload->place.name, sizeof reply->answer.name);
    reply->answer.offset = upload->start;
    set_limit(jail, upload, &reply->answer);
    reply->fd = upload->fd;
    reply->keep_fd = true;
    return 0;
}

int upload_more(struct jail *jail, void *request, struct reply *reply)
{
    struct upload *upload = &jail->upload;
    int result = 0;
    (void)request;
    if (upload->fd < 0)
        return -EBADF;
    if (upload->floor <= upload->limit)
        result = floor_raise(jail, upload, upload->floor);
    if (result == 0 && granted(jail, upload) <= upload->limit)
        result = change_more(jail);
    set_limit(jail, upload, &reply->answer);
    if (result != 0)
        reply->answer.used.bytes = jail->change.parts;
    return result;
}

/* Cuts off what NET wrote beyond the limit that it was given. */
static int keep_limit(const struct upload *upload, const struct statx *about)
{
    if (about->stx_size <= upload->limit || about->stx_size <= upload->start)
        return 0;
    const uint64_t end = upload->limit > upload->start ? upload->limit : upload->start;
    if (ftruncate(upload->fd, (off_t)end) != 0)
        return -errno;
    return upload->limit < upload->most ? -JAIL_QUOTA : -JAIL_TOO_LARGE;
}

static int fail_upload(struct jail *jail, struct upload *upload)
{
    if (upload->atomic)
        return upload_atomic_fail(jail, upload);
    change_lock(jail);
    upload_direct_fail(jail, upload);
    change_unlock(jail);
    return 0;
}

/* A file system without it writes by itself. */
static int start_writing(int fd, off_t at, off_t n, unsigned how)
{
    if (sync_file_range(fd, at, n, how) == 0 || errno == EINVAL || errno == ENOSYS ||
        errno == EOPNOTSUPP || errno == ESPIPE)
        return 0;
    return -errno;
}

/* What came meanwhile begins to reach the disk, and all but the last bytes have reached it
 * afterwards: then the sync at the end has no gigabytes to write.  An error is the upload's: fsync(2)
 * may not report it a second time. */
int upload_flush(struct jail *jail, void *request, struct reply *reply)
{
    struct statx about;
    const int fd = jail->upload.fd;
    (void)request;
    (void)reply;
    if (fd < 0)
        return -EBADF;
    int result = look_fd(fd, STATX_SIZE, &about);
    if (result == 0)
        result = start_writing(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
    if (result == 0 && about.stx_size > UNFLUSHED_MOST)
        result = start_writing(fd, 0, (off_t)(about.stx_size - UNFLUSHED_MOST),
                               SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
                                   SYNC_FILE_RANGE_WAIT_AFTER);
    return result;
}

/* NET has closed its copy, so nothing is written after this. */
int upload_sync(struct jail *jail, void *request, struct reply *reply)
{
    (void)request;
    (void)reply;
    return jail->upload.fd < 0 ? -EBADF : upload_sync_file(jail, &jail->upload);
}

static void report_to_ledger(struct jail *jail)
{
    const struct upload *upload = &jail->upload;
    change_end(
        jail, (int64_t)(upload->now.bytes - upload->gone.bytes - upload->cleared.bytes),
        (int64_t)(upload->now.files + upload->left - upload->gone.files - upload->cleared.files));
}

int upload_settle(struct jail *jail, void *request, struct reply *reply)
{
    const struct jail_settle *ask = request;
    struct upload *upload = &jail->upload;
    struct statx about;

    (void)reply;
    if (ask->outcome != SETTLE_COMPLETE && ask->outcome != SETTLE_FAILED)
        return border_violated(jail, "an upload's end that does not exist");
    if (upload->fd < 0)
        return -EBADF;
    int kept = look_fd(upload->fd, STATX_SIZE | STATX_NLINK | STATX_INO | STATX_GID, &about);
    int result;
    if (kept == 0)
        kept = keep_limit(upload, &about);
    if (ask->outcome == SETTLE_FAILED || kept != 0)
        result = fail_upload(jail, upload);
    else if (upload->atomic)
        result = upload_atomic_complete(jail, upload, &about, ask->bytes);
    else
        result = upload_direct_complete(jail, upload, &about, ask->bytes);
    report_to_ledger(jail);
    const int closed = upload_let_go(upload);
    if (kept != 0)
        return kept;
    return result != 0 ? result : closed;
}

void upload_abandon(struct jail *jail)
{
    struct statx about;
    if (jail->upload.fd < 0)
        return;
    if (look_fd(jail->upload.fd, STATX_SIZE, &about) == 0)
        (void)keep_limit(&jail->upload, &about);
    (void)fail_upload(jail, &jail->upload); /* no client is left to report an error to */
    report_to_ledger(jail);
    (void)upload_let_go(&jail->upload);
}
