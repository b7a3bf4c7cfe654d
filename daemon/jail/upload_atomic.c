/* upload_atomic.c - runs in JAIL, as the user, in the user's root.  Uploads
 * into a hidden file that takes the target's name at the end (laws U2, U3, C1). */
#include "daemon/jail/inside.h"

#include "daemon/jail/locks.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* A new file that is still ours when its lock is: between the two another
 * session may have met it unlocked, and decided.  -EAGAIN: it is not. */
static int claim(const struct upload *upload, int fd)
{
    int result = lock_take(fd, LOCK_UPLOAD, true);
    if (result == 0)
        result = lock_take(fd, LOCK_FATE, true);
    if (result != 0)
        return result;
    result = still_named(upload->place.parent, upload->hidden, fd) ? 0 : -EAGAIN;
    lock_release(fd, LOCK_FATE);
    return result;
}

static int make_hidden(const struct jail *jail, struct upload *upload)
{
    const enum hidden_wish wish = rights_are_shared(jail, upload->place.parent) ? HIDDEN_LOOK : HIDDEN_TAKE;
    const int met = hidden_meet(&upload->place, jail->who->uid, wish);
    if (met != HIDDEN_NONE)
        return met < 0 ? met : -JAIL_BUSY;
    const int fd = open_name(upload->place.parent, upload->hidden, O_WRONLY | O_CREAT | O_EXCL,
                             jail->who->policy.file_mode);
    if (fd < 0)
        return fd == -EEXIST ? -EAGAIN : fd;
    const int result = claim(upload, fd);
    if (result != 0) {
        close(fd); /* what stands there, empty and unlocked, is settled by the next turn */
        return result;
    }
    upload->fd = fd;
    return 0;
}

static int give_mode(struct upload *upload, const struct statx *old)
{
    const int mode = old->stx_mode & 0777;
    if (mode == upload->mode)
        return 0;
    if (fchmod(upload->fd, (mode_t)mode) != 0)
        return -errno;
    upload->mode = mode;
    return 0;
}

/* The new version has the permission bits of the one that it replaces. */
static int take_mode(struct upload *upload)
{
    struct statx old;
    const int looked = look_at(upload->place.parent, upload->place.name, STATX_TYPE | STATX_MODE, &old);
    if (looked == -ENOENT || (looked == 0 && !S_ISREG(old.stx_mode)))
        return 0;
    return looked != 0 ? looked : give_mode(upload, &old);
}

/* The old version, which no session can remove from now on.  -ENOENT: there was one when rights and quota
 * were checked, and it is gone. */
static int meet_old(struct upload *upload)
{
    struct statx old;
    const unsigned mask = STATX_TYPE | STATX_MODE | STATX_SIZE;
    const int looked = look_at(upload->place.parent, upload->place.name, mask, &old);
    upload->before = 0;
    if (looked == -ENOENT && upload->creates)
        return 0;
    if (looked != 0 || !S_ISREG(old.stx_mode))
        return looked;
    upload->before = old.stx_size;
    return give_mode(upload, &old);
}

/* Is the hidden name still ours to decide over?  Keeps LOCK_FATE if so.  Who
 * takes over has it for a moment, and the name is no longer ours afterwards. */
static bool is_ours(const struct upload *upload)
{
    int result = -EAGAIN;
    for (int i = 0; i < HIDDEN_TURNS && result == -EAGAIN; i++) {
        if (i > 0)
            hidden_pause();
        result = lock_take(upload->fd, LOCK_FATE, true);
    }
    return result == 0 && still_named(upload->place.parent, upload->hidden, upload->fd);
}

/* Whoever writes the target in place has locked it before looking for a hidden
 * file; we made ours before looking for that lock: one of us sees the other. */
static int target_is_free(const struct upload *upload)
{
    const int result = upload_try(&upload->place, true);
    return result == -ENOENT ? 0 : result;
}

int upload_atomic_begin(struct jail *jail, struct upload *upload)
{
    int result = -EAGAIN;
    upload->atomic = true;
    upload->start = 0;
    upload->mode = -1;
    hidden_name(upload->place.name, upload->hidden);
    for (int i = 0; i < HIDDEN_TURNS && result == -EAGAIN; i++) {
        if (i > 0)
            hidden_pause();
        result = make_hidden(jail, upload);
    }
    if (result != 0)
        return result == -EAGAIN ? -JAIL_BUSY : result;
    result = target_is_free(upload);
    if (result == 0)
        result = meet_old(upload);
    if (result == 0)
        return 0;
    if (is_ours(upload))
        (void)unlinkat(upload->place.parent, upload->hidden, 0);
    close(upload->fd);
    upload->fd = -1;
    return result;
}

/* Over an old version only where the policy allows it: one may have come meanwhile. */
static int take_name(const struct jail *jail, struct upload *upload)
{
    const int parent = upload->place.parent;
    if (rights_judge(jail, parent, RIGHT_OVERWRITE) == 0) {
        const struct jail_usage old = change_weigh(jail, parent, upload->place.name);
        const int result = rename_name(parent, upload->hidden, parent, upload->place.name, 0);
        upload->named = result == 0;
        if (upload->named)
            upload->gone = old;
        return result;
    }
    const int result = rename_to_free(parent, upload->hidden, upload->place.name);
    upload->named = result == 0;
    return result == -EEXIST ? -JAIL_DENIED : result;
}

static int complete(const struct jail *jail, struct upload *upload)
{
    int result = take_mode(upload);
    if (result == 0)
        result = upload_sync_file(jail, upload);
    if (result != 0)
        return result;
    change_lock(jail);
    result = take_name(jail, upload);
    change_unlock(jail);
    return result;
}

int upload_atomic_complete(const struct jail *jail, struct upload *upload, uint64_t size, uint64_t bytes)
{
    if (!is_ours(upload))
        return -JAIL_TAKEN_OVER;
    const int result = size == bytes ? complete(jail, upload) : -EIO; /* law U5: not what NET says it wrote */
    if (result != 0) {
        change_lock(jail);
        (void)hidden_settle(&upload->place, upload->hidden, upload->fd); /* law U3 */
        change_unlock(jail);
        return result;
    }
    return jail->who->policy.sync_uploads ? upload_sync_directory(upload->place.parent) : 0;
}

int upload_atomic_fail(struct upload *upload)
{
    if (!is_ours(upload))
        return -JAIL_TAKEN_OVER;
    const int result = hidden_settle(&upload->place, upload->hidden, upload->fd);
    return result < 0 ? result : 0;
}
