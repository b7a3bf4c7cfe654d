/* SPDX-License-Identifier: BSD-2-Clause */
/* upload_claim.c - runs in JAIL, as the user, in the user's root. */
#include "daemon/jail/upload_claim.h"

#include "daemon/jail/locks.h"
#include "daemon/jail/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int upload_make_locked(const struct upload *upload, const char *name, mode_t mode)
{
    const int fd = open_name(upload->place.parent, name, O_WRONLY | O_CREAT | O_EXCL, mode);
    if (fd < 0)
        return fd == -EEXIST ? -EAGAIN : fd;
    if (lock_take(fd, LOCK_UPLOAD, true) != -EAGAIN)
        return fd;
    close(fd);
    return -EAGAIN;
}

/* Another session may meet the claim before it is locked, and remove it. */
int upload_make_first(const struct upload *upload, mode_t mode)
{
    const int fd = upload_make_locked(upload, upload->name, mode);
    if (fd < 0 || still_named(upload->place.parent, upload->name, fd))
        return fd;
    close(fd);
    return -EAGAIN;
}

int upload_make_claim(struct upload *upload)
{
    upload->claim = upload_make_first(upload, CLAIM_MODE);
    return upload->claim < 0 ? upload->claim : 0;
}

/* The mark of a part becomes the claim of the upload that continues it. */
static int adopt_mark(struct upload *upload)
{
    const int fd = open_name_now(upload->place.parent, upload->name, O_WRONLY);
    if (fd < 0)
        return fd == -ENOENT ? -EAGAIN : fd;
    if (lock_take(fd, LOCK_UPLOAD, true) == -EAGAIN ||
        !still_named(upload->place.parent, upload->name, fd)) {
        close(fd);
        return -EAGAIN;
    }
    upload->claim = fd;
    return 0;
}

int upload_take_claim(const struct jail *jail, struct upload *upload)
{
    const int met = parts_meet(jail, &upload->place, PART_LOOK, upload->name, NULL);
    if (met == PART_LEFT)
        return adopt_mark(upload);
    if (met != PART_NONE)
        return met < 0 ? met : -JAIL_BUSY;
    return upload_make_claim(upload);
}
