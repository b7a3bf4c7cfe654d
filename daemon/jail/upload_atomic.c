/* SPDX-License-Identifier: BSD-2-Clause */
/* upload_atomic.c - runs in JAIL, as the user, in the user's root.  Begins
 * uploads into hidden parts (laws U2, U3, C1). */
#include "daemon/jail/storing.h"

#include "daemon/config/config.h"
#include "daemon/jail/access.h"
#include "daemon/jail/attributes.h"
#include "daemon/jail/locks.h"
#include "daemon/jail/parts.h"
#include "daemon/jail/rights.h"
#include "daemon/jail/upload_claim.h"
#include "daemon/jail/upload_held.h"
#include "daemon/jail/upload_target.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Guests don't take over each other's uploads. */
static enum part_wish wish_of(const struct jail *jail, const struct upload *upload)
{
    return rights_are_shared(jail, upload->place.parent) ? PART_LOOK : PART_TAKE;
}

/* Creates this log-in's part.  Removes what it left there before. */
static int make_part(const struct jail *jail, struct upload *upload, enum hidden_state state)
{
    hidden_part_name(upload->place.name, jail->who->login, state, upload->hidden);
    upload->fd = upload_make_locked(upload, upload->hidden, PART_MODE);
    if (upload->fd != -EAGAIN)
        return upload->fd < 0 ? upload->fd : 0;
    const enum part_wish wish = wish_of(jail, upload);
    const int met = parts_meet_own(jail, &upload->place, state,
                                   wish == PART_LOOK ? PART_CLEAR : wish, &upload->cleared);
    if (met == PART_BUSY || met == PART_STALLED)
        return -JAIL_BUSY;
    if (met < 0)
        return met;
    if (met == PART_TAKEN)
        hidden_part_name(upload->place.name, "", HIDDEN_STRAY, upload->hidden);
    upload->fd = upload_make_locked(upload, upload->hidden, PART_MODE);
    return upload->fd < 0 ? upload->fd : 0;
}

/* Meets the claim.  Removes what an interrupted upload left, because a whole one begins. */
static int clear_way(const struct jail *jail, struct upload *upload)
{
    enum part_wish wish = wish_of(jail, upload);
    if (wish == PART_LOOK)
        wish = PART_CLEAR;
    const int met = parts_meet(jail, &upload->place, wish, upload->name, &upload->cleared);
    if (met == PART_BUSY || met == PART_STALLED)
        return -JAIL_BUSY;
    if (met < 0)
        return met;
    if (!upload->over)
        (void)parts_meet_own(jail, &upload->place, HIDDEN_OVER, wish, &upload->cleared);
    else if (jail->who->policy.failed_uploads == FAILED_HIDE)
        (void)parts_meet_own(jail, &upload->place, HIDDEN_NEW, wish, &upload->cleared);
    return 0;
}

/* After locking: the name may mean another file than the one that was opened. */
static int look_at_old(const struct upload *upload, struct statx *old)
{
    const int looked = look_at(upload->place.parent, upload->place.name, STATX_BASIC_STATS, old);
    if (looked != 0)
        return looked == -ENOENT ? -EAGAIN : looked;
    if (!S_ISREG(old->stx_mode))
        return -JAIL_NOT_REGULAR;
    return upload->target >= 0 && !is_same_file(&upload->old, old) ? -EAGAIN : 0;
}

/* Locks the target before it looks at the claim's name.  A session that creates a claim looks at
 * the target afterwards, so one of two sees the other. */
static int begin_over(const struct jail *jail, struct upload *upload, const struct target *seen)
{
    struct statx old;
    upload->copies = !upload_may_replace(jail, upload->place.parent, &seen->about);
    int locked = upload_lock_target(upload);
    if (locked == -JAIL_BUSY && upload_may_take_over(jail, &upload->place))
        locked = -ENOLCK;
    if (locked != 0 && locked != -ENOLCK)
        return locked == -ENOENT ? -EAGAIN : locked;
    int result = look_at_old(upload, &old);
    if (result == 0)
        result = clear_way(jail, upload);
    if (result == 0 && (locked != 0 || upload->copies))
        result = upload_make_claim(upload);
    if (result == 0)
        result = make_part(jail, upload, HIDDEN_OVER);
    upload->before = old.stx_size;
    return result;
}

static int make_new(const struct jail *jail, struct upload *upload)
{
    if (jail->who->policy.failed_uploads == FAILED_HIDE) {
        const int claimed = upload->claim >= 0 ? 0 : upload_make_claim(upload);
        return claimed != 0 ? claimed : make_part(jail, upload, HIDDEN_NEW);
    }
    memcpy(upload->hidden, upload->name, sizeof upload->hidden);
    upload->fd = upload_make_first(upload, PART_MODE);
    return upload->fd < 0 ? upload->fd : 0;
}

/* The name was free a moment ago, and mostly still is.  -EAGAIN: something has the claim's name,
 * and the caller has not settled it. */
static int begin_new(const struct jail *jail, struct upload *upload, bool met)
{
    struct statx about;
    hidden_name(upload->place.name, upload->name);
    int result = make_new(jail, upload);
    if (result == -EAGAIN && met) {
        result = clear_way(jail, upload);
        if (result == 0)
            result = make_new(jail, upload);
    } else if (result == 0) {
        (void)parts_meet_own(jail, &upload->place, HIDDEN_OVER, PART_CLEAR, &upload->cleared);
    }
    if (result == 0 &&
        look_at(upload->place.parent, upload->place.name, STATX_TYPE, &about) != -ENOENT)
        result = -EAGAIN; /* created meanwhile */
    return result;
}

static void remove_own(const struct upload *upload, const char *name, int fd)
{
    if (fd >= 0 && still_named(upload->place.parent, name, fd))
        (void)unlinkat(upload->place.parent, name, 0);
}

/* Closes all but the place, which the caller owns. */
static void close_again(struct upload *upload)
{
    const struct place place = upload->place;
    upload->place.parent = -1;
    upload->marked = true;
    (void)upload_let_go(upload);
    upload->marked = false;
    upload->place = place;
}

/* Removes everything that the attempt created. */
static void undo(struct upload *upload)
{
    remove_own(upload, upload->hidden, upload->fd);
    remove_own(upload, upload->name, upload->claim);
    close_again(upload);
}

int upload_atomic_begin(struct jail *jail, struct upload *upload, const struct target *target)
{
    upload->atomic = true;
    upload->over = target->exists;
    const int result =
        target->exists ? begin_over(jail, upload, target) : begin_new(jail, upload, target->met);
    if (result != 0)
        undo(upload);
    return result;
}

/* Opens the part, which may be gone, or be continued by another session. */
static int open_part(const struct jail *jail, struct upload *upload, const struct target *target,
                     uint64_t offset)
{
    struct statx about;
    hidden_part_name(upload->place.name, jail->who->login, target->state, upload->hidden);
    const int fd = open_name_now(upload->place.parent, upload->hidden, O_WRONLY);
    if (fd < 0)
        return fd;
    upload->fd = fd;
    if (lock_take(fd, LOCK_UPLOAD, true) == -EAGAIN)
        return -JAIL_BUSY;
    const int looked = look_fd(fd, STATX_BASIC_STATS, &about);
    if (looked != 0)
        return looked;
    if (!S_ISREG(about.stx_mode) || about.stx_uid != jail->who->uid || about.stx_nlink != 1 ||
        !still_named(upload->place.parent, upload->hidden, fd))
        return -JAIL_BUSY;
    if (offset > about.stx_size)
        return -JAIL_BEYOND_END;
    upload->part = (struct jail_usage){ .bytes = about.stx_size, .files = about.stx_size > 0 };
    return 0;
}

static int claim_for_part(const struct jail *jail, struct upload *upload,
                          const struct target *target)
{
    int locked = -ENOLCK;
    if (target->exists) {
        upload->copies = !upload_may_replace(jail, upload->place.parent, &target->about);
        locked = upload_lock_target(upload);
    }
    if (locked != 0 && locked != -ENOLCK)
        return locked;
    return upload_take_claim(jail, upload);
}

/* Cuts the part at the offset that the client named. */
int upload_continue_begin(struct jail *jail, struct upload *upload, const struct target *target,
                          uint64_t offset)
{
    upload->atomic = true;
    upload->over = target->state != HIDDEN_NEW;
    int result = claim_for_part(jail, upload, target);
    if (result == 0)
        result = open_part(jail, upload, target, offset);
    if (result == 0 && offset < upload->part.bytes && ftruncate(upload->fd, (off_t)offset) != 0)
        result = -errno;
    if (result == 0 && lseek(upload->fd, (off_t)offset, SEEK_SET) < 0)
        result = -errno;
    if (result == 0) {
        upload->start = offset;
        upload->before = upload->part.bytes + (target->exists ? target->about.stx_size : 0);
        upload->gone = upload->part;
        return 0;
    }
    close_again(upload); /* the part and its mark stay */
    return result;
}
