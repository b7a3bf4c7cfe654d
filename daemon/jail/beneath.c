/* SPDX-License-Identifier: BSD-2-Clause */
/* beneath.c - runs in JAIL, as the user, in the user's root.  Reads the paths
 * that NET sends, and the symbolic links of the user's disk. */
#include "daemon/jail/beneath.h"

#include "common/text.h"
#include "daemon/protocol/net_jail.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    LINKS_MAX = 40,     /* the kernel's own limit */
    RACES_MAX = 1000,   /* openat2 fails if a rename happens while it resolves ".." */
    LEASE_SECONDS = 10, /* less than clients wait; the kernel breaks a lease after 45 s */
    LEASE_TURN_MS = 10,
};

static int open_try(int directory, const char *path, uint64_t flags, mode_t mode, uint64_t resolve)
{
    const struct open_how how = { .flags = flags | O_CLOEXEC,
                                  .mode = mode,
                                  .resolve = resolve | RESOLVE_NO_MAGICLINKS };
    long fd;
    do {
        fd = syscall(SYS_openat2, directory, path, &how, sizeof how);
    } while (fd < 0 && errno == EINTR);
    return fd < 0 ? -errno : (int)fd;
}

/* EAGAIN when one name is opened without blocking means a lease: the first try has asked its
 * holder to give it up. */
static int open_leased(int directory, const char *path, uint64_t flags, mode_t mode,
                       uint64_t resolve)
{
    for (int i = 0; i < LEASE_SECONDS * 1000 / LEASE_TURN_MS; i++) {
        (void)poll(NULL, 0, LEASE_TURN_MS);
        const int fd = open_try(directory, path, flags, mode, resolve);
        if (fd != -EAGAIN)
            return fd;
    }
    return -JAIL_LEASED;
}

/* EAGAIN of a path may mean a race with a rename or a lease; with O_PATH, only a race. */
static int open_how(int directory, const char *path, uint64_t flags, mode_t mode, uint64_t resolve)
{
    int fd = -EAGAIN;
    for (int i = 0; i < RACES_MAX && fd == -EAGAIN; i++)
        fd = open_try(directory, path, flags, mode, resolve);
    if (fd == -EAGAIN && !(flags & O_PATH))
        fd = open_leased(directory, path, flags, mode, resolve);
    return fd;
}

int beneath_root(void)
{
    return open_how(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0, 0);
}

/* Opens a path longer than PATH_MAX, in pieces.  From the second piece on, the root is not known
 * to the kernel: a link there may not lead up or be absolute (-EXDEV). */
static int open_far(int root, char *rest, uint64_t flags)
{
    int at = root;
    uint64_t resolve = RESOLVE_IN_ROOT;
    int result = 0;

    while (result == 0 && strlen(rest) >= PATH_MAX) {
        char *cut = memrchr(rest, '/', PATH_MAX - 1);
        if (!cut) {
            result = -ENAMETOOLONG;
            break;
        }
        *cut = '\0';
        const int next = open_how(at, rest, O_PATH | O_DIRECTORY, 0, resolve);
        *cut = '/';
        if (at != root)
            close(at);
        at = next;
        if (next < 0)
            return next;
        rest = cut + strspn(cut, "/");
        resolve = RESOLVE_BENEATH;
    }
    if (result == 0)
        result = open_how(at, *rest ? rest : ".", flags, 0, resolve);
    if (at != root)
        close(at);
    return result;
}

int beneath_open(int root, char *path, uint64_t flags)
{
    char *rest = path + strspn(path, "/");
    if (!*rest)
        return open_how(root, ".", flags, 0, RESOLVE_IN_ROOT);
    if (strlen(rest) >= PATH_MAX)
        return open_far(root, rest, flags);
    return open_how(root, rest, flags, 0, RESOLVE_IN_ROOT);
}

int beneath_open_plain(int root, const char *path, uint64_t flags)
{
    const char *rest = path + strspn(path, "/");
    return open_how(root, *rest ? rest : ".", flags, 0, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
}

/* A directory of the mode -wx can be written to, but not opened for reading. */
static int open_parent(int root, char *path, bool *readable)
{
    const int fd = *readable ? beneath_open(root, path, O_RDONLY | O_DIRECTORY) : -EACCES;
    if (fd != -EACCES)
        return fd;
    *readable = false;
    return beneath_open(root, path, O_PATH | O_DIRECTORY);
}

static int find_place(int root, char *path, bool readable, struct place *place)
{
    char *slash = strrchr(path, '/');
    place->parent = -1;
    place->readable = readable;
    if (!slash || !slash[1])
        return -EBUSY;
    if (!text_copy(place->name, sizeof place->name, slash + 1))
        return -ENAMETOOLONG;
    *slash = '\0';
    place->parent = open_parent(root, path, &place->readable);
    *slash = '/';
    return place->parent < 0 ? place->parent : 0;
}

int beneath_place(int root, char *path, struct place *place)
{
    return find_place(root, path, false, place);
}

int beneath_parent(int directory)
{
    /* the chroot's root is its own parent */
    return open_how(directory, "..", O_PATH | O_DIRECTORY, 0, 0);
}

void place_close(struct place *place)
{
    if (place->parent >= 0)
        close(place->parent);
    place->parent = -1;
}

/* Replaces the last component of path with a link's target.  What precedes it is not resolved, so
 * that ".." in the target starts at the directory that holds the link. */
static int insert_link(char *path, size_t room, const char *target)
{
    const size_t kept = *target == '/' ? 0 : (size_t)(strrchr(path, '/') - path) + 1;
    size_t n = strlen(target);
    while (n > 1 && target[n - 1] == '/')
        n--;
    if (kept + n >= room)
        return -ENAMETOOLONG;
    memcpy(path + kept, target, n);
    path[kept + n] = '\0';
    const char *last = strrchr(path, '/') + 1;
    if (!*last || strcmp(last, ".") == 0 || strcmp(last, "..") == 0)
        return -EISDIR;
    return 0;
}

static int follow_links(int root, const char *path, bool readable, struct place *place)
{
    UNFILLED char text[PATH_ROOM + PATH_MAX];
    UNFILLED char target[PATH_MAX];
    if (!text_copy(text, sizeof text, path))
        return -ENAMETOOLONG;
    for (int i = 0; i < LINKS_MAX; i++) {
        const ssize_t n = readlinkat(place->parent, place->name, target, sizeof target - 1);
        if (n < 0)
            return errno == EINVAL || errno == ENOENT
                       ? 0
                       : -errno; /* no link, or nothing of that name: resolved */
        target[n] = '\0';
        int result = n == 0 ? -ENOENT : insert_link(text, sizeof text, target);
        place_close(place);
        if (result == 0)
            result = find_place(root, text, readable, place);
        if (result != 0)
            return result;
    }
    return -ELOOP;
}

static int look_or_none(const struct place *place, unsigned mask, struct statx *about)
{
    const int result = look_at(place->parent, place->name, mask | STATX_TYPE, about);
    if (result != -ENOENT)
        return result;
    about->stx_mask = 0;
    return 0;
}

static int find(int root, char *path, bool readable, struct place *place, unsigned mask,
                struct statx *about)
{
    int result = find_place(root, path, readable, place);
    if (result == 0)
        result = look_or_none(place, mask, about);
    if (result == 0 && about->stx_mask != 0 && S_ISLNK(about->stx_mode)) {
        result = follow_links(root, path, readable, place);
        if (result == 0)
            result = look_or_none(place, mask, about);
    }
    if (result != 0)
        place_close(place);
    return result;
}

int beneath_resolve(int root, char *path, struct place *place)
{
    struct statx about;
    return find(root, path, false, place, STATX_TYPE, &about);
}

int beneath_find(int root, char *path, struct place *place, unsigned mask, struct statx *about)
{
    return find(root, path, true, place, mask, about);
}

int open_name(int directory, const char *name, uint64_t flags, mode_t mode)
{
    if (!(flags & O_PATH)) /* openat2 permits no others with it */
        flags |= O_NONBLOCK | O_NOCTTY;
    const int fd = open_try(directory, name, flags | O_NOFOLLOW, mode, RESOLVE_BENEATH);
    return fd == -EAGAIN ? open_leased(directory, name, flags | O_NOFOLLOW, mode, RESOLVE_BENEATH)
                         : fd;
}

int open_name_now(int directory, const char *name, uint64_t flags)
{
    return open_try(directory, name, flags | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW, 0,
                    RESOLVE_BENEATH);
}

int look_at(int directory, const char *name, unsigned mask, struct statx *about)
{
    return statx(directory, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, mask, about) == 0 ? 0
                                                                                           : -errno;
}

int look_fd(int fd, unsigned mask, struct statx *about)
{
    return statx(fd, "", AT_EMPTY_PATH, mask, about) == 0 ? 0 : -errno;
}

bool is_same_file(const struct statx *one, const struct statx *other)
{
    return one->stx_ino == other->stx_ino && one->stx_dev_major == other->stx_dev_major &&
           one->stx_dev_minor == other->stx_dev_minor;
}

bool is_named(int directory, const char *name, const struct statx *open)
{
    struct statx named;
    return look_at(directory, name, STATX_INO, &named) == 0 && is_same_file(open, &named);
}

bool still_named(int directory, const char *name, int fd)
{
    struct statx open;
    return look_fd(fd, STATX_INO, &open) == 0 && is_named(directory, name, &open);
}

int rename_name(int from_directory, const char *from, int to_directory, const char *to,
                unsigned flags)
{
    return syscall(SYS_renameat2, from_directory, from, to_directory, to, flags) == 0 ? 0 : -errno;
}

int rename_to_free(int directory, const char *from, const char *to)
{
    struct statx about;
    const int result = rename_name(directory, from, directory, to, RENAME_NOREPLACE);
    if (result != -EINVAL && result != -ENOSYS && result != -EOPNOTSUPP)
        return result;
    /* A file system without that flag: link(2) never replaces a name. */
    if (linkat(directory, from, directory, to, 0) == 0)
        return unlinkat(directory, from, 0) == 0 ? 0 : -errno;
    if (errno == EEXIST)
        return -EEXIST;
    /* Nor hard links (FUSE, FAT): then only a look at the name is left. */
    const int looked = look_at(directory, to, STATX_TYPE, &about);
    if (looked != -ENOENT)
        return looked == 0 ? -EEXIST : looked;
    return rename_name(directory, from, directory, to, 0);
}
