/* locks.c - runs in JAIL, as the user, in the user's root.  Reads nobody's
 * bytes. */
#include "daemon/jail/locks.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static struct flock range(enum lock lock, short type)
{
    const off_t far = (off_t)1 << 62; /* no file is that long */
    return (struct flock){ .l_type = type, .l_whence = SEEK_SET, .l_start = far + (off_t)lock, .l_len = 1 };
}

int lock_take(int fd, enum lock lock, bool writable)
{
    struct flock wanted = range(lock, writable ? F_WRLCK : F_RDLCK);
    if (fcntl(fd, F_OFD_SETLK, &wanted) == 0)
        return 0;
    return errno == EACCES ? -EAGAIN : -errno;
}

/* From the first on. */
static void release(int fd, enum lock first, off_t count)
{
    struct flock given = range(first, F_UNLCK);
    given.l_len = count;
    (void)fcntl(fd, F_OFD_SETLK, &given); /* unlocking what is open can't fail */
}

void lock_release(int fd, enum lock lock)
{
    release(fd, lock, 1);
}

void lock_release_all(int fd)
{
    release(fd, LOCK_UPLOAD, LOCK_FATE - LOCK_UPLOAD + 1);
}

bool lock_is_held(int fd, enum lock lock)
{
    struct flock seen = range(lock, F_WRLCK);
    return fcntl(fd, F_OFD_GETLK, &seen) != 0 || seen.l_type != F_UNLCK;
}
