/* SPDX-License-Identifier: BSD-2-Clause */
/* meeting.c - runs in JAIL, as the user, in the user's root.  Reads files that
 * other sessions and other users left on the user's disk. */
#include "daemon/jail/meeting.h"

#include "common/text.h"
#include "daemon/config/config.h"
#include "daemon/jail/attributes.h"
#include "daemon/jail/copy.h"
#include "daemon/jail/dirents.h"
#include "daemon/jail/locks.h"
#include "daemon/jail/state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool older_than(const struct statx *about, int64_t seconds)
{
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return false;
    return now.tv_sec - about->stx_mtime.tv_sec > seconds ||
           (now.tv_sec - about->stx_mtime.tv_sec == seconds &&
            now.tv_nsec >= (long)about->stx_mtime.tv_nsec);
}

bool parts_is_aged(const struct jail *jail, const struct statx *about)
{
    return older_than(about, jail->who->policy.failed_upload_lifetime);
}

static bool is_claim(const struct meeting *m)
{
    return hidden_state_of(m->name) == 0;
}

int meeting_remove(const struct meeting *m, const struct statx *about)
{
    if (unlinkat(m->place->parent, m->name, 0) != 0)
        return errno == ENOENT ? PART_NONE : -errno;
    /* an empty one does not count */
    if (m->gone && S_ISREG(about->stx_mode) && about->stx_size > 0) {
        m->gone->bytes += about->stx_size;
        m->gone->files++;
    }
    return PART_NONE;
}

/* Another owner's file: its lock can't be seen, but its mtime shows whether it grows. */
static int foreign_state(const struct meeting *m, const struct statx *about)
{
    const bool grows = S_ISREG(about->stx_mode) && about->stx_uid != m->jail->who->uid &&
                       !older_than(about, STALLED_SECONDS);
    return grows ? PART_BUSY : PART_TAKEN;
}

/* An empty claim belongs to a part with another name, which may be growing. */
static bool grows_beside(const struct meeting *m)
{
    UNFILLED struct dirents dirents;
    struct statx about;
    const int directory = open_name(m->place->parent, ".", O_RDONLY | O_DIRECTORY, 0);
    const char *name;
    bool grows = false;
    int error = directory < 0 ? directory : dirents_rewind(directory, &dirents);
    while (error == 0 && !grows && (name = dirents_next(directory, &dirents, &error)) != NULL)
        grows = hidden_state_of(name) != 0 && hidden_is_of(name, m->place->name) &&
                look_at(m->place->parent, name, STATX_BASIC_STATS, &about) == 0 &&
                foreign_state(m, &about) == PART_BUSY;
    if (directory >= 0)
        close(directory);
    return grows;
}

static int meet_closed(const struct meeting *m, int error)
{
    struct statx about;
    if (error == -EMFILE || error == -ENFILE || error == -ENOMEM || error == -EIO)
        return error;
    const int looked = look_at(m->place->parent, m->name, STATX_BASIC_STATS, &about);
    if (looked == -ENOENT)
        return -EAGAIN;
    const int foreign = looked != 0 ? PART_TAKEN : foreign_state(m, &about);
    if (foreign == PART_TAKEN && looked == 0 && S_ISREG(about.stx_mode) && is_claim(m) &&
        about.stx_size == 0 && grows_beside(m))
        return PART_BUSY;
    return foreign;
}

int parts_look_own(const struct jail *jail, const struct place *place, enum hidden_state state,
                   struct statx *about)
{
    char name[HIDDEN_SIZE];
    if (!*jail->who->login)
        return -ENOENT;
    hidden_part_name(place->name, jail->who->login, state, name);
    const int result = look_at(place->parent, name, STATX_BASIC_STATS, about);
    if (result != 0)
        return result;
    return S_ISREG(about->stx_mode) && about->stx_uid == jail->who->uid ? 0 : -ENOENT;
}

/* Has the upload stalled?  If the claim is empty, look at this log-in's part.  The part of another
 * log-in can't be found, and counts as growing. */
static bool has_stalled(const struct meeting *m, const struct statx *about)
{
    static const enum hidden_state states[] = { HIDDEN_OVER, HIDDEN_NEW };
    struct statx part;
    for (size_t i = 0; is_claim(m) && about->stx_size == 0 && i < sizeof states / sizeof *states;
         i++) {
        if (parts_look_own(m->jail, m->place, states[i], &part) == 0)
            return older_than(&part, STALLED_SECONDS);
    }
    if (is_claim(m) && (about->stx_mode & 0777) == CLAIM_MODE)
        return false;
    return older_than(about, STALLED_SECONDS);
}

int parts_publish(const struct jail *jail, const struct place *place, const char *name, int fd)
{
    const int directory = open_name(place->parent, ".", O_RDONLY | O_DIRECTORY, 0);
    attributes_of_new(jail, place->parent, directory, fd);
    if (directory >= 0)
        close(directory);
    return rename_to_free(place->parent, name, place->name);
}

/* Settles a new file whose session was killed. */
static int settle_new(const struct meeting *m, int fd, const struct statx *about)
{
    const uint32_t policy = m->jail->who->policy.failed_uploads;
    if (policy == FAILED_HIDE && m->wish == PART_LOOK)
        return PART_LEFT;
    if (policy == FAILED_KEEP && parts_publish(m->jail, m->place, m->name, fd) == 0)
        return PART_NONE;
    return meeting_remove(m, about);
}

static int meet_name(const struct meeting *m);

int meeting_beside(const struct meeting *m)
{
    static struct dirents dirents;
    const int directory = open_name(m->place->parent, ".", O_RDONLY | O_DIRECTORY, 0);
    const char *name;
    int found = PART_NONE, error = directory < 0 ? directory : dirents_rewind(directory, &dirents);
    while (error == 0 && (name = dirents_next(directory, &dirents, &error)) != NULL) {
        if (hidden_state_of(name) == 0 || !hidden_is_of(name, m->place->name))
            continue;
        struct meeting beside = *m;
        beside.name = name;
        const int met = meet_name(&beside);
        if (met != PART_NONE)
            found = PART_LEFT;
    }
    if (directory >= 0)
        close(directory);
    return error != 0 ? PART_LEFT : found;
}

/* Settles a file that no session uploads to.  The caller holds both locks. */
static int meet_left(const struct meeting *m, int fd, const struct statx *about)
{
    if (!is_claim(m)) {
        const bool done = hidden_state_of(m->name) == HIDDEN_WHOLE &&
                          copy_part_again(m->jail, m->place, m->name) == 0;
        if (!done && m->wish == PART_LOOK)
            return PART_LEFT;
        return meeting_remove(m, about);
    }
    if (about->stx_size > 0)
        return settle_new(m, fd, about);
    const int beside = meeting_beside(m);
    if (beside != PART_NONE && m->wish == PART_LOOK)
        return beside;
    return meeting_remove(m, about);
}

/* Another session holds LOCK_UPLOAD: it uploads, or, if it holds LOCK_FATE as well, settles the
 * file at this moment. */
static int running_state(const struct meeting *m, int fd, const struct statx *about)
{
    if (lock_is_held(fd, LOCK_FATE))
        return -EAGAIN;
    return has_stalled(m, about) ? PART_STALLED : PART_BUSY;
}

/* Takes LOCK_FATE, with which no other session renames or removes the name, and decides. */
static int decide(const struct meeting *m, int fd, const struct statx *about)
{
    static const struct statx not_counted = { .stx_size = 0 };
    const int fate = lock_take(fd, LOCK_FATE, true);
    if (fate != 0)
        return fate == -EAGAIN ? -EAGAIN : PART_TAKEN;
    if (!still_named(m->place->parent, m->name, fd))
        return -EAGAIN;
    const int held = lock_take(fd, LOCK_UPLOAD, true);
    if (held == 0)
        return meet_left(m, fd, about);
    if (held != -EAGAIN)
        return PART_TAKEN;
    if (m->wish != PART_TAKE || !has_stalled(m, about))
        return -EAGAIN;
    return meeting_remove(m, &not_counted); /* its own session returns what the quota granted it */
}

static int meet_open(const struct meeting *m, int fd)
{
    struct statx about;
    const int looked = look_fd(fd, STATX_BASIC_STATS, &about);
    if (looked != 0)
        return looked;
    if (!S_ISREG(about.stx_mode) || about.stx_uid != m->jail->who->uid || about.stx_nlink > 1)
        return foreign_state(m, &about);
    if (lock_is_held(fd, LOCK_UPLOAD)) {
        const int running = running_state(m, fd, &about);
        if (running != PART_STALLED || m->wish != PART_TAKE)
            return running;
    }
    return decide(m, fd, &about);
}

/* -EAGAIN: another session is deciding; try again. */
static int meet_name(const struct meeting *m)
{
    const int fd = open_name_now(m->place->parent, m->name, O_WRONLY);
    if (fd < 0)
        return fd == -ENOENT ? PART_NONE : meet_closed(m, fd);
    const int result = meet_open(m, fd);
    close(fd);
    return result;
}

int meeting_in_turns(const struct meeting *m)
{
    for (int i = 0; i < HIDDEN_TURNS; i++) {
        const int result = meet_name(m);
        if (result != -EAGAIN)
            return result;
        hidden_pause();
    }
    return PART_BUSY;
}
