/* SPDX-License-Identifier: BSD-2-Clause */
/* upload_copy.c - runs in JAIL, as the user, in the user's root.  Copies a
 * complete part into the file that it can't replace (law U2): another owner's,
 * one with several names, a mount of its own. */
#include "daemon/jail/storing.h"

#include "daemon/jail/copy.h"
#include "daemon/jail/locks.h"
#include "daemon/jail/upload_held.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Opens the file that has the target's name now. */
static int open_copy_target(const struct upload *upload)
{
    const int fd = open_name(upload->place.parent, upload->place.name, O_WRONLY, 0);
    /* the lock is ours, or can't be had */
    if (fd < 0 || lock_take(fd, LOCK_UPLOAD, true) != -EAGAIN || upload->target >= 0)
        return fd;
    close(fd);
    return -JAIL_BUSY;
}

/* Names the part complete, so that any session that meets it finishes the copy. */
static void call_it_whole(const struct jail *jail, struct upload *upload)
{
    char whole[HIDDEN_SIZE];
    hidden_part_name(upload->place.name, jail->who->login, HIDDEN_WHOLE, whole);
    if (rename_name(upload->place.parent, upload->hidden, upload->place.parent, whole, 0) == 0)
        memcpy(upload->hidden, whole, sizeof whole);
    upload_mark(upload);
}

int upload_copy(const struct jail *jail, struct upload *upload, uint64_t size)
{
    const int to = open_copy_target(upload);
    if (to < 0)
        return to;
    const int from = open_name(upload->place.parent, upload->hidden, O_RDONLY, 0);
    int result = from < 0 ? from : copy_reserve(to, size);
    if (result == 0) {
        call_it_whole(jail, upload);
        result = copy_file(from, to, size, jail->who->policy.sync_uploads);
    }
    if (result == 0 && unlinkat(upload->place.parent, upload->hidden, 0) == 0)
        upload->marked = false;
    close(to);
    if (from >= 0)
        close(from);
    return result;
}
