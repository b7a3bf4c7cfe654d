/* reading.c - runs in JAIL, as the user, in the user's root.  Answers NET's
 * OPEN_READ with a descriptor that can only read. */
#include "daemon/jail/inside.h"

#include "daemon/jail/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Looked at before it is opened: opening a FIFO lets its writer go on, opening
 * a device may do anything (law N5). */
static int look_first(const struct jail *jail, char *path)
{
    struct statx about;
    if (look_at(jail->root, path + strspn(path, "/"), STATX_TYPE, &about) == 0 && S_ISREG(about.stx_mode))
        return 0; /* the usual case, by one call; links, and what is not there, take the long way */
    const int result = files_look(jail, path, true, STATX_TYPE, &about);
    if (result != 0)
        return result;
    return S_ISREG(about.stx_mode) ? 0 : -JAIL_NOT_REGULAR;
}

static int open_at(const struct jail *jail, struct jail_path *ask, struct jail_file *file)
{
    struct statx about;
    const int fd = beneath_open(jail->root, ask->path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return fd;
    int result = look_fd(fd, STATX_BASIC_STATS, &about);
    if (result == 0 && !S_ISREG(about.stx_mode))
        result = -JAIL_NOT_REGULAR;
    if (result == 0 && ask->offset > about.stx_size)
        result = -JAIL_BEYOND_END;
    if (result == 0 && ask->offset > 0 && lseek(fd, (off_t)ask->offset, SEEK_SET) < 0)
        result = -errno;
    if (result != 0) {
        close(fd);
        return result;
    }
    files_tell(&about, file);
    return fd;
}

int reading_open(struct jail *jail, void *request, struct reply *reply)
{
    struct jail_path *ask = request;
    const int looked = look_first(jail, ask->path);
    if (looked != 0)
        return looked;
    const int fd = open_at(jail, ask, &reply->answer.file);
    if (fd < 0)
        return fd;
    reply->fd = fd;
    return 0;
}
