/* SPDX-License-Identifier: BSD-2-Clause */
/* upload_target.c - runs in JAIL, as the user, in the user's root. */
#include "daemon/jail/upload_target.h"

#include "daemon/jail/access.h"
#include "daemon/jail/attributes.h"
#include "daemon/jail/locks.h"
#include "daemon/jail/parts.h"
#include "daemon/jail/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* For a file that this user can only read. */
static bool upload_is_running(const struct place *place)
{
    const int fd = open_name_now(place->parent, place->name, O_RDONLY);
    const bool running = fd >= 0 && lock_is_held(fd, LOCK_UPLOAD);
    if (fd >= 0)
        close(fd);
    return running;
}

int upload_try(const struct place *place, bool replace)
{
    const int fd = open_name(place->parent, place->name, O_WRONLY, 0);
    /* a running program can be replaced, but not written to */
    if (fd == -ETXTBSY && replace)
        return 0;
    if (fd == -EACCES && upload_is_running(place))
        return -JAIL_BUSY;
    if (fd < 0)
        return fd == -ENXIO || fd == -EISDIR ? -JAIL_NOT_REGULAR : fd;
    const bool busy = lock_is_held(fd, LOCK_UPLOAD);
    close(fd);
    return busy ? -JAIL_BUSY : 0;
}

int upload_guard(const struct place *place, int *guard)
{
    struct statx about;
    bool writable = false;
    *guard = -1;
    if (look_at(place->parent, place->name, STATX_TYPE, &about) != 0 || !S_ISREG(about.stx_mode))
        return 0;
    int fd = open_name_now(place->parent, place->name, O_RDONLY);
    if (fd == -EACCES) {
        fd = open_name_now(place->parent, place->name, O_WRONLY);
        writable = fd >= 0;
    }
    /* neither: the lock can't be seen, and the kernel decides about the rest */
    if (fd < 0)
        return 0;
    if (lock_take(fd, LOCK_UPLOAD, writable) == -EAGAIN) {
        close(fd);
        return -JAIL_BUSY;
    }
    *guard = fd;
    return 0;
}

/* In a directory with the sticky bit, only its owner and the file's can replace the name. */
bool upload_may_replace(const struct jail *jail, int parent, const struct statx *old)
{
    struct statx directory;
    return attributes_fit(jail->who, old) &&
           look_fd(parent, STATX_MODE | STATX_UID, &directory) == 0 &&
           !access_sticks(jail->who, &directory, old);
}

bool upload_may_take_over(const struct jail *jail, const struct place *place)
{
    return *jail->who->login && !rights_are_shared(jail, place->parent) &&
           parts_meet_own(jail, place, HIDDEN_OVER, PART_LOOK, NULL) == PART_STALLED;
}

int upload_lock_target(struct upload *upload)
{
    const int fd = open_name(upload->place.parent, upload->place.name, O_WRONLY, 0);
    /* a running program can be replaced, but not written to */
    if (fd == -ETXTBSY && !upload->copies)
        return -ENOLCK;
    if (fd < 0)
        return upload_try(&upload->place, false);
    int result = lock_take(fd, LOCK_UPLOAD, true);
    if (result == 0)
        result = look_fd(fd, STATX_INO, &upload->old);
    if (result == 0) {
        upload->target = fd;
        return 0;
    }
    close(fd);
    return result == -EAGAIN ? -JAIL_BUSY : result;
}
