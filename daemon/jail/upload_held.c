/* SPDX-License-Identifier: BSD-2-Clause */
/* upload_held.c - runs in JAIL, as the user, in the user's root. */
#include "daemon/jail/upload_held.h"

#include "daemon/jail/locks.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

void upload_open_directory(struct upload *upload)
{
    if (upload->directory != -EBADF)
        return;
    upload->directory = upload->place.readable
                            ? upload->place.parent
                            : open_name(upload->place.parent, ".", O_RDONLY | O_DIRECTORY, 0);
}

int upload_sync_directory(struct upload *upload)
{
    upload_open_directory(upload);
    /* writable but not readable, so it can't be synced */
    if (upload->directory == -EACCES)
        return 0;
    if (upload->directory < 0)
        return upload->directory;
    /* EINVAL: the file system does not sync directories */
    return fsync(upload->directory) == 0 || errno == EINVAL ? 0 : -errno;
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

void upload_mark(struct upload *upload)
{
    if (upload->claim < 0)
        upload->claim =
            open_name(upload->place.parent, upload->name, O_WRONLY | O_CREAT | O_EXCL, CLAIM_MODE);
    upload->marked = true;
}

/* Releases the lock now, because NET may still have its copy open for a moment. */
int upload_let_go(struct upload *upload)
{
    int result = 0;
    if (upload->claim >= 0 && !upload->marked &&
        still_named(upload->place.parent, upload->name, upload->claim))
        (void)unlinkat(upload->place.parent, upload->name, 0);
    if (upload->claim >= 0)
        close(upload->claim);
    if (upload->fd >= 0) {
        lock_release_all(upload->fd);
        result = close(upload->fd) == 0 ? 0 : -errno; /* law U5 */
    }
    if (upload->target >= 0)
        close(upload->target);
    if (upload->directory >= 0 && upload->directory != upload->place.parent)
        close(upload->directory);
    upload->directory = -EBADF;
    upload->fd = upload->claim = upload->target = -1;
    place_close(&upload->place);
    return result;
}
