/* SPDX-License-Identifier: BSD-2-Clause */
/* count.c - runs in JAIL, as the user, in the user's root.  Walks the whole
 * tree with one directory open at a time, in bounded memory. */
#include "daemon/jail/count.h"

#include "common/text.h"
#include "daemon/protocol/message.h"
#include "daemon/jail/beneath.h"
#include "daemon/jail/dirents.h"
#include "daemon/jail/parts.h"
#include "daemon/jail/reap.h"
#include "daemon/jail/state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { DEPTH_MAX = PATH_ROOM / 2 }; /* no path is deeper */

/* A directory above the current one: its identity, the length of its path, and where to
 * continue. */
struct level {
    uint64_t inode;
    uint32_t major, minor;
    size_t length;
    int64_t next;
};

/* Large, but only as much of it is used as the tree is deep. */
struct walk {
    int root;
    int directory; /* the current one */
    const struct jail *jail;
    size_t depth, length;
    struct counted found;
    char path[PATH_ROOM]; /* of the current directory; empty for the root */
    struct level levels[DEPTH_MAX];
    struct dirents dirents;
};

static struct walk walk;
static char top[] = "/";

static int note_level(int directory, struct level *level)
{
    struct statx about;
    const int result = look_fd(directory, STATX_INO, &about);
    *level = (struct level){ .inode = about.stx_ino,
                             .major = about.stx_dev_major,
                             .minor = about.stx_dev_minor };
    return result;
}

static bool is_same(const struct level *one, const struct level *other)
{
    return one->inode == other->inode && one->major == other->major && one->minor == other->minor;
}

/* fd becomes the current directory, and the previous one a level above. */
static int step_down(const char *name, int fd)
{
    struct level *level = &walk.levels[walk.depth];
    const int result = note_level(walk.directory, level);
    if (result != 0) {
        close(fd);
        return result;
    }
    level->next = walk.dirents.next;
    level->length = walk.length;
    (void)text_format(walk.path + walk.length, sizeof walk.path - walk.length, "/%s", name);
    walk.length += 1 + strlen(name);
    walk.depth++;
    close(walk.directory);
    walk.directory = fd;
    return dirents_rewind(fd, &walk.dirents);
}

/* Directories that this user can't list are skipped, and the count is marked as partial. */
static int descend(const char *name)
{
    if (walk.length + 1 + strlen(name) >= sizeof walk.path)
        return -ENAMETOOLONG;
    const int fd = open_name(walk.directory, name, O_RDONLY | O_DIRECTORY, 0);
    if (fd == -EACCES)
        walk.found.partial = true;
    if (fd == -EACCES || fd == -ENOENT || fd == -ENOTDIR)
        return 0;
    return fd < 0 ? fd : step_down(name, fd);
}

/* Opens the directory above by its path from the root: if the current one has been moved, ".." is
 * another.  Checks that it is still the same. */
static int ascend(void)
{
    const struct level *level = &walk.levels[--walk.depth];
    struct level found;
    walk.length = level->length;
    walk.path[walk.length] = '\0';
    const int fd =
        beneath_open(walk.root, walk.length > 0 ? walk.path : top, O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return fd;
    int result = note_level(fd, &found);
    if (result == 0 && !is_same(level, &found))
        result = -ESTALE;
    if (result != 0) {
        close(fd);
        return result;
    }
    close(walk.directory);
    walk.directory = fd;
    return dirents_seek(fd, &walk.dirents, level->next);
}

/* Parts of interrupted uploads count; those that are too old are removed.  Other hidden files are
 * empty. */
static bool counts(const char *name)
{
    return !hidden_is(name) || parts_reap(walk.jail, walk.directory, name, &walk.found.reaped);
}

static int look_at_name(const char *name, struct statx *about)
{
    if (!counts(name))
        return -ENOENT;
    return look_at(walk.directory, name, STATX_TYPE | STATX_SIZE, about);
}

static int count_name(const char *name)
{
    struct statx about;
    const int result = look_at_name(name, &about);
    walk.found.partial |= result == -EACCES; /* the directory may be listed, but not entered */
    if (result != 0)
        return result == -ENOENT || result == -EACCES ? 0 : result;
    const bool regular = S_ISREG(about.stx_mode);
    if (regular && about.stx_size == 0 && hidden_is(name))
        return 0;
    if (regular && hidden_is(name) && parts_is_cut(walk.directory, name))
        walk.found.parts += about.stx_size;
    walk.found.files++;
    if (regular)
        walk.found.bytes += about.stx_size;
    return S_ISDIR(about.stx_mode) ? descend(name) : 0;
}

static int count_all(void)
{
    int result = 0;
    while (result == 0) {
        const char *name = dirents_next(walk.directory, &walk.dirents, &result);
        if (result != 0)
            break;
        if (!name && walk.depth == 0)
            return 0;
        if (!name)
            result = ascend();
        else if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
            result = count_name(name);
    }
    return result;
}

int count_files(const struct jail *jail, struct counted *found)
{
    const int root = jail->root;
    walk.jail = jail;
    walk.root = root;
    walk.depth = walk.length = 0;
    walk.found = (struct counted){ .bytes = 0 };
    walk.directory = open_name(root, ".", O_RDONLY | O_DIRECTORY, 0);
    if (walk.directory < 0)
        return walk.directory;
    int result = dirents_rewind(walk.directory, &walk.dirents);
    if (result == 0)
        result = count_all();
    close(walk.directory);
    *found = walk.found;
    return result;
}
