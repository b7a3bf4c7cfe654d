/* SPDX-License-Identifier: BSD-2-Clause */
/* upload_check.c - runs in JAIL, as the user, in the user's root.  Checks what
 * an upload would meet: answers NET's STORE_CHECK. */
#include "daemon/jail/storing.h"

#include "common/text.h"
#include "daemon/config/config.h"
#include "daemon/jail/access.h"
#include "daemon/jail/change.h"
#include "daemon/jail/floor.h"
#include "daemon/jail/handlers.h"
#include "daemon/jail/parts.h"
#include "daemon/jail/rights.h"
#include "daemon/jail/upload_target.h"

#include <errno.h>
#include <string.h>

/* STOR after REST 0 is a STOR; after RANG 0 n it writes a part. */
uint32_t upload_how(const struct jail_path *ask)
{
    const bool whole = ask->how == STORE_AT && ask->offset == 0 && !(ask->flags & STORE_RANGE);
    return whole ? STORE_WHOLE : ask->how;
}

bool upload_is_atomic(const struct jail *jail, uint32_t how)
{
    return how == STORE_WHOLE && jail->who->policy.uploads == UPLOADS_ATOMIC;
}

static int rights_allow(const struct jail *jail, const struct target *target, uint32_t how)
{
    uint32_t needed = RIGHT_UPLOAD;
    if (target->exists && how != STORE_UNIQUE)
        needed = how == STORE_WHOLE || target->state ? RIGHT_OVERWRITE : RIGHT_APPEND;
    return rights_check(jail, target->place.parent, needed);
}

/* If an interrupted upload left a part, more may be added to the part, but not to the file. */
static int part_allows(const struct jail *jail, const struct target *target, enum part_found met,
                       uint32_t how)
{
    if (met == PART_STALLED &&
        (how != STORE_WHOLE || rights_are_shared(jail, target->place.parent)))
        met = PART_BUSY;
    if (met == PART_BUSY)
        return -JAIL_BUSY;
    const bool adds = how == STORE_AT || how == STORE_APPEND;
    return met == PART_LEFT && adds && !target->state ? -JAIL_MIXED : 0;
}

static bool is_newer(const struct statx_timestamp *a, const struct statx_timestamp *b)
{
    return a->tv_sec > b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec > b->tv_nsec);
}

/* If the file has changed since the part's last byte came, the client has another version. */
static int fits_target(const struct target *target, uint32_t how)
{
    if (!target->state || !target->exists)
        return 0;
    if (how == STORE_APPEND || target->state == HIDDEN_NEW ||
        is_newer(&target->about.stx_mtime, &target->part.stx_mtime) ||
        is_newer(&target->about.stx_ctime, &target->part.stx_mtime))
        return -JAIL_MIXED;
    return 0;
}

/* The size to which REST refers. */
static uint64_t size_of(const struct target *target)
{
    if (target->state)
        return target->part.stx_size;
    return target->exists ? target->about.stx_size : 0;
}

static int part_is_free(const struct jail *jail, const struct target *target)
{
    if (!target->state)
        return 0;
    const int met = parts_meet_own(jail, &target->place, target->state, PART_LOOK, NULL);
    return met == PART_BUSY || met == PART_STALLED ? -JAIL_BUSY : met < 0 ? met : 0;
}

/* Checks the policy, and the type and size of the target, without opening it. */
static int admit(const struct jail *jail, const struct jail_path *ask, const struct target *target,
                 enum part_found met)
{
    const uint32_t how = upload_how(ask);
    int result = rights_allow(jail, target, how);
    if (result == 0)
        result = part_allows(jail, target, met, how);
    if (result != 0 || how == STORE_UNIQUE) /* its target is a stem, which may exist */
        return result;
    if (target->exists && !S_ISREG(target->about.stx_mode))
        return -JAIL_NOT_REGULAR;
    result = part_is_free(jail, target);
    if (result != 0)
        return result;
    if (how == STORE_AT && ask->offset > size_of(target))
        return -JAIL_BEYOND_END;
    return fits_target(target, how);
}

/* Meets the claim, and settles what a killed session left, which may get the target's name. */
static int meet_claim(const struct jail *jail, struct target *target, enum part_found *found)
{
    const int met = parts_meet(jail, &target->place, PART_LOOK, NULL, NULL);
    if (met < 0)
        return met;
    *found = (enum part_found)met;
    if (target->exists)
        return 0;
    const int looked =
        look_at(target->place.parent, target->place.name, STATX_BASIC_STATS, &target->about);
    target->exists = looked == 0;
    return looked == -ENOENT ? 0 : looked;
}

/* Finds the part that an interrupted upload of this log-in left, for the next one to continue. */
static void find_part(const struct jail *jail, const struct jail_path *ask, struct target *target)
{
    static const enum hidden_state states[] = { HIDDEN_OVER, HIDDEN_NEW };
    const uint32_t how = upload_how(ask);
    if ((how != STORE_AT && how != STORE_APPEND) || ask->flags & STORE_RANGE)
        return;
    for (size_t i = 0; i < COUNT(states) && !target->state; i++) {
        if (parts_look_own(jail, &target->place, states[i], &target->part) == 0)
            target->state = states[i];
        if (target->exists)
            return;
    }
}

/* STOR after REST, and only the part of another log-in is there: the client may mean that one. */
static bool is_anothers(const struct jail *jail, const struct jail_path *ask,
                        const struct target *target)
{
    return upload_how(ask) == STORE_AT && !(ask->flags & STORE_RANGE) && !target->state &&
           parts_look_beside(jail, &target->place) == PART_LEFT;
}

/* Does the kernel permit what the upload will do?  If no part can be created, the file itself is
 * written to. */
static int kernel_allows(const struct jail *jail, const struct target *target, uint32_t how)
{
    if (!target->exists || how == STORE_UNIQUE)
        return access_creates(jail->who, target->place.parent);
    const bool replaces = (upload_is_atomic(jail, how) || target->state) &&
                          upload_may_replace(jail, target->place.parent, &target->about) &&
                          access_creates(jail->who, target->place.parent) == 0;
    const int result = upload_try(&target->place, replaces);
    if (result == -JAIL_BUSY && how == STORE_WHOLE && upload_may_take_over(jail, &target->place))
        return 0;
    return result;
}

static int check_target(const struct jail *jail, const struct jail_path *ask, struct target *target)
{
    const uint32_t how = upload_how(ask);
    enum part_found found = PART_NONE;
    int result = how == STORE_UNIQUE ? 0 : meet_claim(jail, target, &found);
    if (result == 0)
        find_part(jail, ask, target);
    if (result == 0 && found == PART_NONE && is_anothers(jail, ask, target))
        found = PART_LEFT;
    if (result == 0)
        result = admit(jail, ask, target, found);
    return result == 0 ? kernel_allows(jail, target, how) : result;
}

int upload_admit(const struct jail *jail, const struct jail_path *ask, bool again,
                 struct target *target)
{
    enum part_found found = PART_NONE;
    const uint32_t how = upload_how(ask);
    target->met = !target->exists && how != STORE_UNIQUE && (again || !upload_is_atomic(jail, how));
    int result = target->met ? meet_claim(jail, target, &found) : 0;
    if (result != 0)
        return result;
    find_part(jail, ask, target);
    if (is_anothers(jail, ask, target))
        found = PART_LEFT;
    result = admit(jail, ask, target, found);
    return result == 0 ? floor_check(jail, target->place.parent) : result;
}

int upload_find(struct jail *jail, struct jail_path *ask, struct target *target)
{
    memset(target, 0, sizeof *target);
    target->place.parent = -1;
    if (ask->how < STORE_WHOLE || ask->how > STORE_UNIQUE || ask->offset > INT64_MAX)
        return border_violated(jail, "a way to store that does not exist");
    const int result = ask->how == STORE_UNIQUE
                           ? beneath_place(jail->root, ask->path, &target->place)
                           : beneath_find(jail->root, ask->path, &target->place, STATX_BASIC_STATS,
                                          &target->about);
    if (result != 0)
        return result == -EISDIR || result == -EBUSY ? -JAIL_NOT_REGULAR : result;
    target->exists = target->about.stx_mask != 0;
    return hidden_is(target->place.name) ? -JAIL_BAD_NAME : 0; /* reached by a symbolic link */
}

/* What the upload needs of the quota: existing bytes are counted already. */
uint32_t upload_wants(const struct jail_path *ask, const struct target *target)
{
    const uint32_t how = upload_how(ask);
    const uint64_t size = target->about.stx_size;
    if (target->state)
        return QUOTA_WANT_ANY;
    if (!target->exists || how == STORE_UNIQUE)
        return QUOTA_WANT_FILE | QUOTA_WANT_BYTES;
    const bool only_adds =
        how == STORE_APPEND || (how == STORE_AT && ask->offset >= size) || size == 0;
    return only_adds ? QUOTA_WANT_BYTES : QUOTA_WANT_ANY;
}

void upload_fill_answer(const struct jail *jail, const struct target *target, int result,
                        struct jail_answer *answer)
{
    if (result == -JAIL_QUOTA || result == -JAIL_QUOTA_FILES)
        answer->used.bytes = jail->change.parts;
    else if (target->state || result == -JAIL_BEYOND_END)
        answer->used.bytes = size_of(target);
}

int upload_check(struct jail *jail, void *request, struct reply *reply)
{
    struct target target;
    int result = upload_find(jail, request, &target);
    if (result == 0)
        result = check_target(jail, request, &target);
    if (result == 0)
        result = change_look(jail, upload_wants(request, &target));
    upload_fill_answer(jail, &target, result, &reply->answer);
    place_close(&target.place);
    return result;
}
