/* SPDX-License-Identifier: BSD-2-Clause */
/* upload_direct.c - runs in JAIL, as the user, in the user's root.  Uploads in
 * place: APPE, STOR after REST, STOU, and all with `uploads = direct` (laws U4,
 * U7, U8). */
#include "daemon/jail/storing.h"

#include "common/text.h"
#include "daemon/ipc/log.h"
#include "daemon/config/config.h"
#include "daemon/jail/change.h"
#include "daemon/jail/locks.h"
#include "daemon/jail/parts.h"
#include "daemon/jail/rights.h"
#include "daemon/jail/upload_claim.h"
#include "daemon/jail/upload_held.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { UNIQUE_COUNTED = 99, UNIQUE_TURNS = 200, UNIQUE_TAIL = 10 }; /* ".", 8 hex digits, NUL */

/* Opens the target, or creates it if it did not exist when rights and quota were checked.
 * -EAGAIN: it has been created or removed meanwhile. */
static int open_direct_target(const struct jail *jail, struct upload *upload)
{
    const int parent = upload->place.parent;
    upload->created = false;
    upload->fd = open_name(parent, upload->place.name, O_WRONLY, 0);
    if (upload->fd == -ENOENT && upload->creates) {
        upload->fd = open_name(parent, upload->place.name, O_WRONLY | O_CREAT | O_EXCL,
                               jail->who->policy.file_mode);
        upload->created = upload->fd >= 0;
    }
    if (upload->fd == -EEXIST || (upload->fd == -ENOENT && !upload->creates))
        return -EAGAIN;
    return upload->fd == -ENXIO ? -JAIL_NOT_REGULAR : upload->fd < 0 ? upload->fd : 0;
}

/* After locking: does the name still mean this file, and is no part in the way?  A whole upload
 * removes what an interrupted one left. */
static int check_neighbours(const struct jail *jail, struct upload *upload,
                            const struct statx *about, uint32_t how)
{
    if (!is_named(upload->place.parent, upload->place.name, about))
        return -EAGAIN;
    enum part_wish wish = PART_LOOK;
    if (how == STORE_WHOLE)
        wish = rights_are_shared(jail, upload->place.parent) ? PART_CLEAR : PART_TAKE;
    const int met = parts_meet(jail, &upload->place, wish, upload->name, &upload->cleared);
    if (how == STORE_WHOLE && jail->who->policy.failed_uploads == FAILED_HIDE)
        (void)parts_meet_own(jail, &upload->place, HIDDEN_NEW, wish, &upload->cleared);
    if (met == PART_LEFT)
        return how == STORE_WHOLE ? 0 : -JAIL_MIXED;
    return met <= 0 ? met : -JAIL_BUSY;
}

/* Another program has locked the file, so the claim is locked instead (law C5). */
static int lock_beside(const struct jail *jail, struct upload *upload)
{
    const int claimed = upload_take_claim(jail, upload);
    if (claimed == 0 || claimed == -EAGAIN || claimed == -JAIL_BUSY)
        return claimed;
    log_note(LOG_LEVEL_INFO,
             "%s is written without a lock: another program has locked it, and no temporary "
             "file can be created in its directory: %s",
             upload->place.name, strerror(claimed > -JAIL_DENIED ? -claimed : EBUSY));
    return 0;
}

/* Checks the file, which is locked now, and truncates it or goes to the offset. */
static int position(const struct jail *jail, struct upload *upload, const struct statx *about,
                    uint32_t how, uint64_t offset)
{
    const uint64_t size = about->stx_size;
    if (!S_ISREG(about->stx_mode))
        return -JAIL_NOT_REGULAR;
    const uint32_t needed = how == STORE_WHOLE ? RIGHT_OVERWRITE : RIGHT_APPEND;
    const int allowed = upload->created ? 0 : rights_check(jail, upload->place.parent, needed);
    if (allowed != 0)
        return allowed;
    if (how == STORE_AT && offset > size)
        return -JAIL_BEYOND_END;
    upload->before = size;
    upload->gone = (struct jail_usage){ .bytes = size, .files = !upload->created };
    if (how == STORE_WHOLE && size > 0 && ftruncate(upload->fd, 0) != 0)
        return -errno;
    upload->start = how == STORE_APPEND ? size : how == STORE_AT ? offset : 0;
    if (upload->start > 0 && lseek(upload->fd, (off_t)upload->start, SEEK_SET) < 0)
        return -errno;
    return 0;
}

/* Removes a file that this upload has created, if it is empty.  False: it was not removed. */
static bool take_back(const struct upload *upload)
{
    struct statx about;
    return upload->created && look_fd(upload->fd, STATX_SIZE, &about) == 0 && about.stx_size == 0 &&
           still_named(upload->place.parent, upload->place.name, upload->fd) &&
           unlinkat(upload->place.parent, upload->place.name, 0) == 0;
}

/* Another session was quicker to use a name that this upload has created.  It takes the file for
 * one that the quota has counted, so count it here. */
static void leave_file(struct upload *upload)
{
    upload->left += upload->created;
    close(upload->fd);
}

/* The quota has granted one file.  If one has been left behind, a second attempt could leave
 * two. */
static bool may_try_again(const struct jail *jail, const struct upload *upload, int result)
{
    return result == -EAGAIN && (upload->left == 0 || !change_is_counted(jail));
}

/* locked: the lock of the file itself could be had. */
static int begin_opened(const struct jail *jail, struct upload *upload, uint32_t how,
                        uint64_t offset, bool locked)
{
    struct statx about;
    int result = look_fd(upload->fd, STATX_TYPE | STATX_SIZE | STATX_INO, &about);
    if (result == 0)
        result = check_neighbours(jail, upload, &about, how);
    if (result == 0 && !locked)
        result = lock_beside(jail, upload);
    if (result == 0)
        result = position(jail, upload, &about, how, offset);
    return result;
}

static void close_claim(struct upload *upload)
{
    if (upload->claim < 0)
        return;
    if (still_named(upload->place.parent, upload->name, upload->claim))
        (void)unlinkat(upload->place.parent, upload->name, 0);
    close(upload->claim);
    upload->claim = -1;
}

static int begin_once(const struct jail *jail, struct upload *upload, uint32_t how, uint64_t offset)
{
    int result = open_direct_target(jail, upload);
    if (result != 0)
        return result;
    const int locked = lock_take(upload->fd, LOCK_UPLOAD, true);
    /* another session was quicker with the lock, even if this one created the name */
    if (locked == -EAGAIN) {
        leave_file(upload);
        return -JAIL_BUSY;
    }
    result = begin_opened(jail, upload, how, offset, locked == 0);
    if (result == 0)
        return 0;
    close_claim(upload);
    if (take_back(upload))
        close(upload->fd);
    else
        leave_file(upload);
    return result;
}

int upload_direct_begin(struct jail *jail, struct upload *upload, uint32_t how, uint64_t offset)
{
    int result = begin_once(jail, upload, how, offset);
    for (int i = 1; i < HIDDEN_TURNS && may_try_again(jail, upload, result); i++)
        result = begin_once(jail, upload, how, offset);
    if (result != 0)
        upload->fd = -1;
    return result == -EAGAIN && upload->creates ? -JAIL_BUSY : result;
}

/* The stem, then stem.1 and so on, then random ones, never longer than NAME_MAX. */
static int unique_name(const char *stem, int turn, char name[NAME_MAX + 1])
{
    uint32_t number = (uint32_t)turn;
    const size_t length = strlen(stem);
    const int kept = length > NAME_MAX + 1 - UNIQUE_TAIL ? NAME_MAX + 1 - UNIQUE_TAIL : (int)length;
    if (turn == 0)
        return text_copy(name, NAME_MAX + 1, stem) ? 0 : -ENAMETOOLONG;
    if (turn <= UNIQUE_COUNTED)
        return text_format(name, NAME_MAX + 1, "%.*s.%u", kept, stem, number) ? 0 : -ENAMETOOLONG;
    if (getrandom(&number, sizeof number, 0) != sizeof number)
        return -EAGAIN;
    return text_format(name, NAME_MAX + 1, "%.*s.%08x", kept, stem, number) ? 0 : -ENAMETOOLONG;
}

static int make_unique(const struct jail *jail, struct upload *upload)
{
    const int met = parts_meet(jail, &upload->place, PART_LOOK, upload->name, NULL);
    if (met != PART_NONE)
        return met < 0 ? met : -EEXIST;
    const int fd = open_name(upload->place.parent, upload->place.name, O_WRONLY | O_CREAT | O_EXCL,
                             jail->who->policy.file_mode);
    if (fd < 0)
        return fd;
    upload->fd = fd;
    upload->created = true;
    if (lock_take(fd, LOCK_UPLOAD, true) != -EAGAIN)
        return 0;
    leave_file(upload);
    upload->fd = -1;
    upload->created = false;
    return -EAGAIN;
}

/* Law U8. Written in place, because the name is new and no old version can be lost. */
int upload_unique_begin(struct jail *jail, struct upload *upload)
{
    const struct place stem = upload->place;
    int result = -EEXIST;
    for (int i = 0; i < UNIQUE_TURNS && (result == -EEXIST || may_try_again(jail, upload, result));
         i++) {
        result = unique_name(stem.name, i, upload->place.name);
        if (result == 0)
            result = make_unique(jail, upload);
    }
    return result == -EAGAIN ? -JAIL_BUSY : result;
}

static void count_what_is_there(const struct jail *jail, struct upload *upload)
{
    struct statx about;
    if (look_fd(upload->fd, STATX_SIZE | STATX_NLINK, &about) != 0)
        upload->now =
            (struct jail_usage){ .bytes = upload->before + jail->change.bytes, .files = 1 };
    else if (about.stx_nlink > 0)
        upload->now = (struct jail_usage){ .bytes = about.stx_size, .files = 1 };
}

static int check_direct(const struct jail *jail, struct upload *upload, const struct statx *about,
                        uint64_t bytes)
{
    /* removed by another program meanwhile: the bytes are lost */
    if (about->stx_nlink == 0)
        return -ENOENT;
    /* law U5: not what NET has counted */
    if (bytes > about->stx_size || upload->start > about->stx_size - bytes)
        return -EIO;
    if (!jail->who->policy.sync_uploads)
        return 0;
    const int result = upload_sync_file(jail, upload);
    if (result != 0)
        return result;
    return upload->created ? upload_sync_directory(upload) : 0;
}

int upload_direct_complete(const struct jail *jail, struct upload *upload,
                           const struct statx *about, uint64_t bytes)
{
    const int result = check_direct(jail, upload, about, bytes);
    if (jail->change.open)
        count_what_is_there(jail, upload);
    return result;
}

static void hide_file(const struct jail *jail, struct upload *upload)
{
    char name[HIDDEN_SIZE];
    hidden_part_name(upload->place.name, jail->who->login, HIDDEN_NEW, name);
    if (fchmod(upload->fd, PART_MODE) == 0 &&
        rename_to_free(upload->place.parent, upload->place.name, name) == 0 &&
        jail->who->shares_uid)
        upload_mark(upload);
}

/* Bytes written to an existing file stay; for a new one the policy decides (law U3). */
void upload_direct_fail(const struct jail *jail, struct upload *upload)
{
    const uint32_t policy = jail->who->policy.failed_uploads;
    const bool named = upload->created && !take_back(upload) &&
                       still_named(upload->place.parent, upload->place.name, upload->fd);
    if (named && policy == FAILED_DELETE)
        (void)unlinkat(upload->place.parent, upload->place.name, 0);
    else if (named && policy == FAILED_HIDE)
        hide_file(jail, upload);
    count_what_is_there(jail, upload);
}
