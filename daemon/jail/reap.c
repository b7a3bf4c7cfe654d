/* SPDX-License-Identifier: BSD-2-Clause */
/* reap.c - runs in JAIL, as the user, in the user's root.  Removes hidden
 * files that are too old, or that keep RMD from removing their directory. */
#include "daemon/jail/reap.h"

#include "common/text.h"
#include "daemon/jail/dirents.h"
#include "daemon/jail/locks.h"
#include "daemon/jail/meeting.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* A complete part is copied to its end, however old it is, because its target has half of each
 * version.  The target is the file whose name has the same hash. */
static void finish_whole(const struct meeting *m)
{
    static struct dirents dirents;
    struct place place = { .parent = m->place->parent };
    const int directory = open_name(place.parent, ".", O_RDONLY | O_DIRECTORY, 0);
    const char *name;
    int error = directory < 0 ? directory : dirents_rewind(directory, &dirents);
    while (error == 0 && (name = dirents_next(directory, &dirents, &error)) != NULL) {
        if (hidden_is(name) || !hidden_is_of(m->name, name) ||
            !text_copy(place.name, sizeof place.name, name))
            continue;
        struct meeting whole = *m;
        whole.place = &place;
        (void)meeting_in_turns(&whole);
        break;
    }
    if (directory >= 0)
        close(directory);
}

/* A file that can't be opened belongs to another owner: remove it by its age, if the kernel
 * permits. */
static void reap_aged(const struct meeting *m, const struct statx *seen)
{
    const int fd = open_name_now(m->place->parent, m->name, O_WRONLY);
    struct statx about;
    if (fd < 0) {
        if (S_ISREG(seen->stx_mode))
            (void)meeting_remove(m, seen);
        return;
    }
    if (look_fd(fd, STATX_BASIC_STATS, &about) == 0 && S_ISREG(about.stx_mode) &&
        parts_is_aged(m->jail, &about) && lock_take(fd, LOCK_FATE, true) == 0 &&
        lock_take(fd, LOCK_UPLOAD, true) == 0 && still_named(m->place->parent, m->name, fd))
        (void)meeting_remove(m, &about);
    close(fd);
}

bool parts_is_due(const struct jail *jail, int directory, const char *name)
{
    struct statx about;
    return hidden_state_of(name) == HIDDEN_WHOLE ||
           (look_at(directory, name, STATX_BASIC_STATS, &about) == 0 &&
            parts_is_aged(jail, &about));
}

bool parts_reap(const struct jail *jail, int directory, const char *name, struct jail_usage *gone)
{
    const struct place place = { .parent = directory };
    const struct meeting m = { .jail = jail, .place = &place, .name = name, .gone = gone };
    struct statx about;
    if (hidden_state_of(name) == HIDDEN_WHOLE)
        finish_whole(&m);
    if (look_at(directory, name, STATX_BASIC_STATS, &about) != 0)
        return false;
    if (!parts_is_aged(jail, &about))
        return true;
    reap_aged(&m, &about);
    return look_at(directory, name, STATX_TYPE, &about) == 0;
}

static int sweep_one(const struct meeting *m)
{
    struct statx about;
    const int met = meeting_in_turns(m);
    if (met == PART_BUSY || met == PART_STALLED)
        return -JAIL_BUSY;
    if (met != PART_TAKEN)
        return met < 0 ? met : 0;
    /* Something else with such a name, or another owner's part that no longer grows. */
    const int looked = look_at(m->place->parent, m->name, STATX_BASIC_STATS, &about);
    if (looked != 0)
        return looked == -ENOENT ? 0 : looked;
    if (S_ISDIR(about.stx_mode))
        return -ENOTEMPTY;
    const int removed = meeting_remove(m, &about);
    return removed < 0 ? removed : 0;
}

/* Goes over all entries; if gone is NULL, only checks that all are hidden files. */
static int sweep_pass(const struct jail *jail, int directory, struct jail_usage *gone)
{
    static struct dirents dirents;
    const struct place place = { .parent = directory };
    const char *name;
    int result = dirents_rewind(directory, &dirents);
    while (result == 0 && (name = dirents_next(directory, &dirents, &result)) != NULL) {
        const struct meeting m = {
            .jail = jail, .place = &place, .name = name, .wish = PART_CLEAR, .gone = gone
        };
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        if (!hidden_is(name))
            result = -ENOTEMPTY;
        else if (gone)
            result = sweep_one(&m);
    }
    return result;
}

int parts_sweep(const struct jail *jail, int directory, struct jail_usage *gone)
{
    const int result = sweep_pass(jail, directory, NULL);
    return result == 0 ? sweep_pass(jail, directory, gone) : result;
}
