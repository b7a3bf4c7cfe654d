/* SPDX-License-Identifier: BSD-2-Clause */
/* upload_alone.c - runs in JAIL, as the user, in the user's root. */
#include "daemon/jail/upload_alone.h"

#include "daemon/config/config.h"
#include "daemon/jail/hidden.h"
#include "daemon/jail/locks.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

bool upload_may_be_alone(const struct jail *jail, const struct upload *upload)
{
    const struct jail_policy *policy = &jail->who->policy;
    return !upload->atomic && upload->claim < 0 && !jail->change.open && !policy->sync_uploads &&
           upload->most == UINT64_MAX && upload->floor == UINT64_MAX &&
           (!upload->created || policy->failed_uploads == FAILED_KEEP);
}

int upload_leave_alone(struct upload *upload)
{
    if (upload->created) {
        const int result = look_fd(upload->fd, STATX_INO, &upload->old);
        if (result != 0)
            return result;
    }
    upload->alone = true;
    upload->fd = -1;
    return 0;
}

/* NET's end of the channel is closed before its file when it is killed. */
static bool takes_lock(int fd)
{
    int result = -EAGAIN;
    for (int i = 0; i < HIDDEN_TURNS && result == -EAGAIN; i++) {
        if (i > 0)
            hidden_pause();
        result = lock_take(fd, LOCK_UPLOAD, true);
    }
    return result == 0;
}

/* The name may mean another file by now, or another session may be writing to it. */
static bool is_ours_and_empty(const struct upload *upload, int fd)
{
    struct statx about;
    return look_fd(fd, STATX_INO, &about) == 0 && is_same_file(&about, &upload->old) &&
           takes_lock(fd) && look_fd(fd, STATX_INO | STATX_SIZE, &about) == 0 &&
           about.stx_size == 0 && is_named(upload->place.parent, upload->place.name, &about);
}

void upload_alone_failed(struct upload *upload)
{
    const bool created = upload->alone && upload->created;
    const int fd = created ? open_name_now(upload->place.parent, upload->place.name, O_WRONLY) : -1;
    if (fd >= 0 && is_ours_and_empty(upload, fd))
        (void)unlinkat(upload->place.parent, upload->place.name, 0);
    if (fd >= 0)
        close(fd);
    upload_alone_over(upload);
}

void upload_alone_over(struct upload *upload)
{
    if (!upload->alone)
        return;
    upload->alone = false;
    place_close(&upload->place);
}
