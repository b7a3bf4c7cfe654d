/* SPDX-License-Identifier: BSD-2-Clause */
/* locks.c - runs in JAIL, as the user, in the user's root. */
#include "daemon/jail/locks.h"

#include "daemon/jail/hidden.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum {
    APART = 2,        /* bytes from one lock to the next */
    READ_TURNS = 20,  /* for a read lock, which a session may hold for a moment */
    RETRY_TURNS = 100 /* for a holder that has gone between two calls */
};
/* no file is that long */
static const off_t first_byte = (off_t)1 << 62;

static struct flock range(enum lock lock, short type)
{
    return (struct flock){ .l_type = type,
                           .l_whence = SEEK_SET,
                           .l_start = first_byte + (off_t)lock * APART,
                           .l_len = 1 };
}

/* Finds the first lock that conflicts with a write lock.  False: none, or the kernel can't say. */
static bool find_holder(int fd, enum lock lock, struct flock *seen)
{
    *seen = range(lock, F_WRLCK);
    return fcntl(fd, F_OFD_GETLK, seen) == 0 && seen->l_type != F_UNLCK;
}

static bool is_one_byte(const struct flock *seen, enum lock lock)
{
    return seen->l_whence == SEEK_SET && seen->l_start == range(lock, F_WRLCK).l_start &&
           seen->l_len == 1;
}

static bool is_session_lock(const struct flock *seen, enum lock lock)
{
    return seen->l_type == F_WRLCK && is_one_byte(seen, lock);
}

int lock_take(int fd, enum lock lock, bool writable)
{
    int reads = 0;
    for (int i = 0; i < RETRY_TURNS; i++) {
        struct flock wanted = range(lock, writable ? F_WRLCK : F_RDLCK), seen;
        if (fcntl(fd, F_OFD_SETLK, &wanted) == 0)
            return 0;
        if (errno != EAGAIN && errno != EACCES)
            return -ENOLCK;
        if (!find_holder(fd, lock, &seen))
            continue;
        if (is_session_lock(&seen, lock))
            return -EAGAIN;
        if (!is_one_byte(&seen, lock) || ++reads > READ_TURNS)
            return -ENOLCK;
        hidden_pause();
    }
    return -ENOLCK;
}

void lock_release_all(int fd)
{
    struct flock given = range(LOCK_UPLOAD, F_UNLCK);
    given.l_len = LOCK_FATE * APART + 1;
    (void)fcntl(fd, F_OFD_SETLK, &given); /* can't fail for an open file */
}

bool lock_is_held(int fd, enum lock lock)
{
    struct flock seen;
    return find_holder(fd, lock, &seen) && is_session_lock(&seen, lock);
}
