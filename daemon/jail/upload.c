/* upload.c - runs in JAIL, as the user, in the user's root.  Answers NET's
 * STORE_CHECK, STORE_CREATE and STORE_SETTLE. */
#include "daemon/jail/inside.h"

#include "daemon/jail/access.h"
#include "daemon/jail/locks.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* What stands where an upload wants to go. */
struct target {
    struct place place;
    struct statx about;
    bool exists;
};

/* STOR after REST 0 is a STOR; after RANG 0 n it writes a part. */
static uint32_t how_of(const struct jail_path *ask)
{
    const bool whole = ask->how == STORE_AT && ask->offset == 0 && !(ask->flags & STORE_RANGE);
    return whole ? STORE_WHOLE : ask->how;
}

static bool is_atomic(const struct jail *jail, uint32_t how)
{
    return how == STORE_WHOLE && jail->who->policy.atomic_uploads;
}

static int rights_allow(const struct jail *jail, const struct target *target, uint32_t how)
{
    uint32_t needed = RIGHT_UPLOAD;
    if (target->exists && how != STORE_UNIQUE)
        needed = how == STORE_WHOLE ? RIGHT_OVERWRITE : RIGHT_APPEND;
    return rights_judge(jail, target->place.parent, needed);
}

static int hidden_allows(enum hidden_state state, uint32_t how, bool shared)
{
    switch (state) {
    case HIDDEN_BUSY:
        return -JAIL_BUSY;
    case HIDDEN_STALLED:
        return how == STORE_WHOLE && !shared ? 0 : -JAIL_BUSY;
    case HIDDEN_MARKER:
        return how == STORE_WHOLE || how == STORE_UNIQUE ? 0 : -JAIL_MIXED;
    case HIDDEN_NONE:
        break;
    }
    return 0;
}

/* A new version takes the old one's name: in a directory with the sticky bit only its owner's does. */
static int sticky_allows(const struct jail *jail, const struct target *target)
{
    struct statx directory;
    if (look_fd(target->place.parent, STATX_MODE | STATX_UID, &directory) == 0 &&
        access_sticks(jail->who, &directory, &target->about))
        return -EPERM;
    return 0;
}

/* What a dead upload left settles first: it may get the target's name. */
static int meet_hidden(const struct jail *jail, struct target *target, enum hidden_state *hidden)
{
    const int met = hidden_meet(&target->place, jail->who->uid, HIDDEN_LOOK);
    if (met < 0)
        return met;
    *hidden = (enum hidden_state)met;
    if (target->exists)
        return 0;
    const int looked = look_at(target->place.parent, target->place.name, STATX_BASIC_STATS, &target->about);
    target->exists = looked == 0;
    return looked == -ENOENT ? 0 : looked;
}

/* What the policy says, and the kind and the size of what is there: nothing is opened for it. */
static int admit(const struct jail *jail, const struct jail_path *ask, const struct target *target,
                 enum hidden_state hidden)
{
    const uint32_t how = how_of(ask);
    int result = rights_allow(jail, target, how);
    if (result == 0)
        result = hidden_allows(hidden, how, rights_are_shared(jail, target->place.parent));
    if (result != 0 || how == STORE_UNIQUE) /* its target is its stem, which may exist */
        return result;
    if (target->exists && !S_ISREG(target->about.stx_mode))
        return -JAIL_NOT_REGULAR;
    if (how == STORE_AT && ask->offset > (target->exists ? target->about.stx_size : 0))
        return -JAIL_BEYOND_END;
    return target->exists && is_atomic(jail, how) ? sticky_allows(jail, target) : 0;
}

/* May the names be made, and the file be written, as the upload will do it? */
static int kernel_allows(const struct jail *jail, const struct target *target, uint32_t how)
{
    const bool atomic = is_atomic(jail, how);
    const bool exists = target->exists && how != STORE_UNIQUE;
    const int result = exists ? upload_try(&target->place, atomic) : 0;
    return result == 0 && (atomic || !exists) ? access_creates(jail->who, target->place.parent) : result;
}

static int check_target(const struct jail *jail, const struct jail_path *ask, struct target *target)
{
    const uint32_t how = how_of(ask);
    enum hidden_state hidden = HIDDEN_NONE;
    int result = how == STORE_UNIQUE ? 0 : meet_hidden(jail, target, &hidden);
    if (result == 0)
        result = admit(jail, ask, target, hidden);
    return result == 0 ? kernel_allows(jail, target, how) : result;
}

/* The same where the upload begins at once, which finds out for itself what the kernel says, and
 * meets the hidden file with its lock in hand; but what a dead one left comes before a new name. */
static int check_at_once(const struct jail *jail, const struct jail_path *ask, struct target *target)
{
    enum hidden_state hidden = HIDDEN_NONE;
    const bool is_new = !target->exists && how_of(ask) != STORE_UNIQUE;
    const int result = is_new ? meet_hidden(jail, target, &hidden) : 0;
    return result == 0 ? admit(jail, ask, target, hidden) : result;
}

static int find_target(struct jail *jail, struct jail_path *ask, struct target *target)
{
    if (ask->how < STORE_WHOLE || ask->how > STORE_UNIQUE || ask->offset > INT64_MAX)
        border_violated(jail, "a way to store that there is not");
    memset(target, 0, sizeof *target);
    const int result = ask->how == STORE_UNIQUE ? beneath_place(jail->root, ask->path, &target->place)
                                                : beneath_find(jail->root, ask->path, &target->place,
                                                               STATX_BASIC_STATS, &target->about);
    if (result != 0)
        return result == -EISDIR || result == -EBUSY ? -JAIL_NOT_REGULAR : result;
    target->exists = target->about.stx_mask != 0;
    return hidden_is(target->place.name) ? -JAIL_BAD_NAME : 0; /* a symbolic link led here */
}

/* Of the quota: what is there already is counted. */
static uint32_t wants_of(const struct jail_path *ask, const struct target *target)
{
    const uint32_t how = how_of(ask);
    const uint64_t size = target->about.stx_size;
    if (!target->exists || how == STORE_UNIQUE)
        return QUOTA_WANT_FILE | QUOTA_WANT_BYTES;
    const bool only_adds = how == STORE_APPEND || (how == STORE_AT && ask->offset >= size) || size == 0;
    return only_adds ? QUOTA_WANT_BYTES : QUOTA_WANT_ANY;
}

int upload_check(struct jail *jail, void *request, struct reply *reply)
{
    struct target target;
    int result = find_target(jail, request, &target);
    (void)reply;
    if (result == 0)
        result = check_target(jail, request, &target);
    if (result == 0)
        result = change_look(jail, wants_of(request, &target));
    place_close(&target.place);
    return result;
}

static int begin(struct jail *jail, const struct jail_path *ask, struct upload *upload)
{
    const uint32_t how = how_of(ask);
    if (how == STORE_UNIQUE)
        return upload_unique_begin(jail, upload);
    if (is_atomic(jail, how))
        return upload_atomic_begin(jail, upload);
    return upload_direct_begin(jail, upload, how, ask->offset);
}

/* What was there may be written over, beyond it goes what the quota has granted. */
static void set_limit(const struct jail *jail, struct upload *upload, struct jail_answer *answer)
{
    uint64_t granted;
    if (__builtin_add_overflow(upload->before, jail->change.bytes, &granted))
        granted = UINT64_MAX;
    upload->limit = granted < upload->most ? granted : upload->most;
    answer->limit = upload->limit;
    answer->more = granted < upload->most;
}

static int begin_within_quota(struct jail *jail, const struct jail_path *ask, const struct target *target)
{
    struct upload *upload = &jail->upload;
    int result = change_begin(jail, wants_of(ask, target));
    if (result != 0)
        return result;
    change_lock(jail);
    result = begin(jail, ask, upload);
    change_unlock(jail);
    if (result != 0)
        change_end(jail, 0, upload->left);
    return result;
}

/* One attempt.  False: another session removed the target after it was found, so the upload would create
 * a file that neither the rights nor the quota were asked for. */
static bool create_once(struct jail *jail, struct jail_path *ask, int *result)
{
    struct upload *upload = &jail->upload;
    struct target target;
    *result = find_target(jail, ask, &target);
    if (*result == 0)
        *result = check_at_once(jail, ask, &target); /* what was checked before the 150 may have changed */
    const uint64_t most = jail->who->policy.max_file_size;
    *upload = (struct upload){ .fd = -1, .place = target.place, .most = most != 0 ? most : UINT64_MAX };
    upload->creates = !target.exists || ask->how == STORE_UNIQUE;
    if (*result == 0)
        *result = begin_within_quota(jail, ask, &target);
    if (*result != 0)
        place_close(&upload->place);
    return *result != -ENOENT || upload->creates;
}

static int create(struct jail *jail, struct jail_path *ask)
{
    int result;
    for (int i = 0; i < HIDDEN_TURNS; i++)
        if (create_once(jail, ask, &result))
            return result;
    return -JAIL_BUSY;
}

int upload_create(struct jail *jail, void *request, struct reply *reply)
{
    struct jail_path *ask = request;
    struct upload *upload = &jail->upload;

    if (upload->fd >= 0)
        border_violated(jail, "a second upload");
    const int result = create(jail, ask);
    if (result != 0)
        return result;
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
    (void)request;
    if (jail->upload.fd < 0)
        return -EBADF;
    const int result = change_more(jail);
    set_limit(jail, &jail->upload, &reply->answer);
    return result;
}

/* What NET wrote beyond the limit, which it was told, is cut off again. */
static int keep_limit(const struct upload *upload, const struct statx *about)
{
    if (about->stx_size <= upload->limit || about->stx_size <= upload->start)
        return 0;
    const uint64_t end = upload->limit > upload->start ? upload->limit : upload->start;
    if (ftruncate(upload->fd, (off_t)end) != 0)
        return -errno;
    return upload->limit < upload->most ? -JAIL_QUOTA : -JAIL_TOO_LARGE;
}

/* NET may still hold its copy for a moment: the lock is given back now. */
static int let_go(struct upload *upload)
{
    lock_release_all(upload->fd);
    const int result = close(upload->fd) == 0 ? 0 : -errno; /* law U5 */
    upload->fd = -1;
    place_close(&upload->place);
    return result;
}

static int fail(const struct jail *jail, struct upload *upload)
{
    int result = 0;
    change_lock(jail);
    if (upload->atomic)
        result = upload_atomic_fail(upload);
    else
        upload_direct_fail(upload);
    change_unlock(jail);
    return result;
}

int upload_sync_file(const struct jail *jail, struct upload *upload)
{
    if (!jail->who->policy.sync_uploads || upload->synced)
        return 0;
    if (fsync(upload->fd) != 0)
        return -errno;
    upload->synced = true;
    return 0;
}

/* NET has closed its copy: nothing is written behind this. */
int upload_sync(struct jail *jail, void *request, struct reply *reply)
{
    (void)request;
    (void)reply;
    return jail->upload.fd < 0 ? -EBADF : upload_sync_file(jail, &jail->upload);
}

/* The file's descriptor tells what has become of it: a marker counts for nothing. */
static void tell_ledger(struct jail *jail)
{
    const struct upload *upload = &jail->upload;
    const struct jail_usage *gone = &upload->gone;
    struct statx about;
    if (!jail->change.open)
        return;
    if (look_fd(upload->fd, STATX_SIZE | STATX_NLINK, &about) != 0) {
        change_end(jail, (int64_t)jail->change.bytes, 1 + (int64_t)upload->left); /* it may be all there */
        return;
    }
    /* Once it had its name it counts, whoever has replaced it since: he has told so. */
    const bool there = upload->named || (about.stx_nlink > 0 && (about.stx_size > 0 || !upload->atomic));
    change_end(jail, (int64_t)((there ? about.stx_size : 0) - gone->bytes),
               (int64_t)(there + upload->left - gone->files));
}

int upload_settle(struct jail *jail, void *request, struct reply *reply)
{
    const struct jail_settle *ask = request;
    struct upload *upload = &jail->upload;
    struct statx about;

    (void)reply;
    if (ask->outcome != SETTLE_COMPLETE && ask->outcome != SETTLE_FAILED)
        border_violated(jail, "an upload's end that there is not");
    if (upload->fd < 0)
        return -EBADF;
    int kept = look_fd(upload->fd, STATX_SIZE | STATX_NLINK, &about);
    int result;
    if (kept == 0)
        kept = keep_limit(upload, &about);
    if (ask->outcome == SETTLE_FAILED || kept != 0)
        result = fail(jail, upload);
    else if (upload->atomic)
        result = upload_atomic_complete(jail, upload, about.stx_size, ask->bytes);
    else
        result = upload_direct_complete(jail, upload, &about, ask->bytes);
    tell_ledger(jail);
    const int closed = let_go(upload);
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
    (void)fail(jail, &jail->upload); /* nobody is there to be told */
    tell_ledger(jail);
    (void)let_go(&jail->upload);
}
