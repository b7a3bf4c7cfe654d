/* SPDX-License-Identifier: BSD-2-Clause */
/* door.c - runs in the master: binds the sockets of control and events.  What
 * comes to them the master never reads. */
#include "daemon/master/door.h"

#include "common/text.h"
#include "daemon/config/config.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 64, END_MS = 1000 };

/* Does a process serve it?  That of a master that was killed may be about to
 * end: then our connection ends with it. */
static bool is_served(const struct door *door, const struct sockaddr_un *address)
{
    const int64_t until = now_ms() + END_MS;
    while (now_ms() < until) {
        const int fd = socket(AF_UNIX, door->type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct pollfd end = { .fd = fd, .events = POLLIN };
        if (fd < 0)
            return true;
        const bool connected = connect(fd, (const struct sockaddr *)address, sizeof *address) == 0;
        const bool busy = !connected && errno == EAGAIN;
        const int64_t left = until - now_ms();
        const bool ends = connected && poll(&end, 1, left > 0 ? (int)left : 0) == 1;
        close(fd);
        if (!connected)
            return busy;
        if (!ends)
            return true;
    }
    return true;
}

static int refuse(const struct door *door, const struct complaint *to, const char *fault)
{
    char subject[CONFIG_PATH_ROOM + 32];
    (void)text_format(subject, sizeof subject, "%s %s", door->key, door->path);
    return complain_about(to, true, subject, fault);
}

/* Removes a socket that a killed daemon has left, and nothing else. */
static int make_way(const struct door *door, const struct sockaddr_un *address,
                    const struct complaint *to)
{
    struct stat about;
    if (lstat(address->sun_path, &about) != 0)
        return errno == ENOENT ? 0 : refuse(door, to, strerror(errno));
    if (!S_ISSOCK(about.st_mode))
        return refuse(door, to, "exists and is not a socket");
    if (is_served(door, address))
        return refuse(door, to, "another wardftpd serves it");
    if (unlink(address->sun_path) != 0 && errno != ENOENT)
        return refuse(door, to, strerror(errno));
    return 0;
}

/* The group is the file's from the start: a file belongs to the effective group of who makes it. */
static bool bind_as(int fd, const struct door *door, const struct sockaddr_un *address)
{
    const bool shared = door->group != (gid_t)-1;
    const gid_t own = getegid();
    const mode_t before = umask(door->open ? 0111 : shared ? 0117 : 0177);
    const bool turned = !shared || setresgid((gid_t)-1, door->group, (gid_t)-1) == 0;
    const bool bound = turned && bind(fd, (const struct sockaddr *)address, sizeof *address) == 0;
    const int error = errno;
    const bool back = !shared || setresgid((gid_t)-1, own, (gid_t)-1) == 0;
    (void)umask(before);
    errno = error;
    return bound && back;
}

int door_open(const struct door *door, const struct complaint *to)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (!text_copy(address.sun_path, sizeof address.sun_path, door->path))
        return refuse(door, to, "too long");
    const int error = make_way(door, &address, to);
    if (error)
        return error;
    const int fd = socket(AF_UNIX, door->type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const bool bound = fd >= 0 && bind_as(fd, door, &address);
    if (bound && listen(fd, BACKLOG) == 0)
        return fd;
    const int why = errno;
    if (bound)
        (void)unlink(door->path);
    if (fd >= 0)
        close(fd);
    return refuse(door, to, strerror(why));
}
