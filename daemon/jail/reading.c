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

/* Of an open file, or -errno: the descriptor at its offset, or -errno and it is closed. */
static int take(int fd, uint64_t offset, struct jail_file *file)
{
    struct statx about;
    if (fd < 0)
        return fd;
    int result = look_fd(fd, STATX_BASIC_STATS, &about);
    if (result == 0 && !S_ISREG(about.stx_mode))
        result = -JAIL_NOT_REGULAR;
    if (result == 0 && offset > about.stx_size) {
        file->size = about.stx_size;
        result = -JAIL_BEYOND_END;
    }
    if (result == 0 && offset > 0 && lseek(fd, (off_t)offset, SEEK_SET) < 0)
        result = -errno;
    if (result != 0) {
        close(fd);
        return result;
    }
    files_tell(&about, file);
    return fd;
}

/* Where rights depend on the place: through all links first, then the place is
 * judged and the very name in it opened. */
static int open_judged(const struct jail *jail, struct jail_path *ask, struct jail_file *file)
{
    struct place place;
    struct statx about;
    int result = beneath_resolve(jail->root, ask->path, &place);
    if (result != 0)
        return result == -EISDIR || result == -EBUSY ? -JAIL_NOT_REGULAR : result;
    result = rights_judge(jail, place.parent, RIGHT_DOWNLOAD);
    if (result == 0)
        result = look_at(place.parent, place.name, STATX_TYPE, &about);
    if (result == 0 && !S_ISREG(about.stx_mode))
        result = -JAIL_NOT_REGULAR;
    if (result == 0)
        result = take(open_name(place.parent, place.name, O_RDONLY, 0), ask->offset, file);
    place_close(&place);
    return result;
}

static int open_free(const struct jail *jail, struct jail_path *ask, struct jail_file *file)
{
    const int looked = look_first(jail, ask->path);
    if (looked != 0)
        return looked;
    return take(beneath_open(jail->root, ask->path, O_RDONLY | O_NONBLOCK | O_NOCTTY), ask->offset, file);
}

int reading_open(struct jail *jail, void *request, struct reply *reply)
{
    struct jail_path *ask = request;
    struct jail_file *file = &reply->answer.file;
    const int fd = jail->uploads == UPLOADS_NONE ? open_free(jail, ask, file) : open_judged(jail, ask, file);
    if (fd < 0) {
        reply->answer.used.bytes = file->size;
        return fd;
    }
    reply->fd = fd;
    return 0;
}
