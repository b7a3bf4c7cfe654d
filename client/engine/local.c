/* SPDX-License-Identifier: BSD-2-Clause */
/* local.c - paths that cannot leave the directory that the user named. */
#include "client/engine/local.h"

#include "common/path.h"
#include "common/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { TRIES_MAX = 100, PART_STEM_MAX = 230 }; /* a part's name stays below NAME_MAX */

static const char part_suffix[] = ".wardftp-part";

void part_name(const char *name, char to[NAME_MAX + 1])
{
    (void)text_format(to, NAME_MAX + 1, ".%.*s%s", (int)strnlen(name, PART_STEM_MAX), name,
                      part_suffix);
}

bool is_part_name(const char *name)
{
    const size_t n = strlen(name), suffix = sizeof part_suffix - 1;
    return name[0] == '.' && n > suffix + 1 && strcmp(name + n - suffix, part_suffix) == 0;
}

static int open_directory(int at, const char *path, int flags)
{
    const int fd = openat(at, path, flags | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

/* Without openat2: one component at a time. */
static int walk_beneath(int base, const char *path)
{
    char component[NAME_MAX + 1];
    int at = dup(base);
    while (at >= 0 && *path) {
        const size_t n = strcspn(path, "/");
        int next = -ENAMETOOLONG;
        if (text_format(component, sizeof component, "%.*s", (int)n, path))
            next = strcmp(component, "..") == 0
                       ? -EXDEV
                       : open_directory(at, component, O_PATH | O_NOFOLLOW);
        close(at);
        at = next;
        path += n + strspn(path + n, "/");
    }
    return at;
}

static int open_beneath(int base, const char *path)
{
    const struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
                                  .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
    for (int i = 0; i < TRIES_MAX; i++) {
        const long fd = syscall(SYS_openat2, base, path, &how, sizeof how);
        if (fd >= 0)
            return (int)fd;
        if (errno == ENOSYS || errno == EPERM) /* an old kernel, or an old container's filter */
            return walk_beneath(base, path);
        if (errno != EAGAIN && errno != EINTR)
            return -errno;
    }
    return -EAGAIN;
}

/* The directory of n bytes of path, of which the user typed the first typed. */
static int open_parent(const char *path, size_t n, size_t typed)
{
    char text[PATH_MAX];
    if (typed > n)
        typed = n;
    if (!text_format(text, sizeof text, "%.*s", (int)typed, typed ? path : ""))
        return -ENAMETOOLONG;
    const int base = open_directory(AT_FDCWD, typed ? text : ".", O_PATH);
    if (base < 0)
        return base;
    const char *rest = path + typed + strspn(path + typed, "/");
    if (rest >= path + n)
        return base;
    if (!text_format(text, sizeof text, "%.*s", (int)(path + n - rest), rest)) {
        close(base);
        return -ENAMETOOLONG;
    }
    const int fd = open_beneath(base, text);
    close(base);
    return fd;
}

int local_open(const char *path, size_t typed, struct local_name *at)
{
    const char *last = path_last(path);
    at->directory = -1;
    if (!last[0])
        return -EISDIR;
    if (!text_copy(at->name, sizeof at->name, last))
        return -ENAMETOOLONG;
    const int fd = open_parent(path, (size_t)(last - path), typed);
    if (fd < 0)
        return fd;
    at->directory = fd;
    return 0;
}

void local_close(struct local_name *at)
{
    if (at->directory >= 0)
        close(at->directory);
    at->directory = -1;
}

static int make_at(const struct local_name *at, bool overwrite_links)
{
    struct stat status;
    if (mkdirat(at->directory, at->name, 0777) == 0)
        return 0;
    if (errno != EEXIST || fstatat(at->directory, at->name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    if (S_ISDIR(status.st_mode))
        return 0;
    if (!S_ISLNK(status.st_mode) || !overwrite_links)
        return -EEXIST;
    if (unlinkat(at->directory, at->name, 0) < 0 || mkdirat(at->directory, at->name, 0777) < 0)
        return -errno;
    return 0;
}

int local_make_directory(const char *path, size_t typed, bool overwrite_links)
{
    struct local_name at;
    int result = local_open(path, typed, &at);
    if (result < 0)
        return result;
    result = make_at(&at, overwrite_links);
    local_close(&at);
    return result;
}

int local_remove(const char *path, size_t typed, bool directory)
{
    struct local_name at;
    int result = local_open(path, typed, &at);
    if (result < 0)
        return result;
    if (unlinkat(at.directory, at.name, directory ? AT_REMOVEDIR : 0) < 0)
        result = -errno;
    local_close(&at);
    return result;
}

int local_stat(const char *path, size_t typed, struct entry *entry)
{
    struct local_name at;
    struct stat status;
    int result = local_open(path, typed, &at);
    if (result < 0)
        return result;
    if (fstatat(at.directory, at.name, &status, 0) < 0)
        result = -errno;
    local_close(&at);
    if (result < 0)
        return result;
    const bool regular = S_ISREG(status.st_mode);
    *entry = (struct entry){ .type = S_ISDIR(status.st_mode) ? ENTRY_DIRECTORY
                                     : regular               ? ENTRY_FILE
                                                             : ENTRY_OTHER,
                             .size = regular ? status.st_size : -1,
                             .modified = status.st_mtime,
                             .time_exact = true,
                             .mode = (int)(status.st_mode & 0777) };
    return 0;
}

static int add_entry(int directory, const char *name, struct listing *listing)
{
    struct stat status;
    struct entry entry = { .name = name,
                           .name_bytes = strlen(name),
                           .type = ENTRY_OTHER,
                           .size = -1,
                           .time_exact = true };
    /* gone meanwhile */
    if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return 0;
    entry.link = S_ISLNK(status.st_mode);
    if (entry.link && (fstatat(directory, name, &status, 0) < 0 || S_ISDIR(status.st_mode)))
        entry.type = ENTRY_LINK;
    else if (S_ISDIR(status.st_mode))
        entry.type = ENTRY_DIRECTORY;
    else if (S_ISREG(status.st_mode))
        entry.type = ENTRY_FILE;
    entry.size = entry.type == ENTRY_FILE ? status.st_size : -1;
    entry.modified = status.st_mtime;
    entry.mode = (int)(status.st_mode & 0777);
    return listing_add(listing, &entry);
}

int local_list(const char *path, size_t typed, struct listing *listing)
{
    *listing = (struct listing){ 0 };
    const int parent = open_parent(path, strlen(path), typed);
    if (parent < 0)
        return parent;
    const int fd = open_directory(parent, ".", O_RDONLY);
    close(parent);
    if (fd < 0)
        return fd;
    DIR *directory = fdopendir(fd);
    if (!directory) {
        const int error = errno;
        close(fd);
        return -error;
    }
    int result = 0;
    errno = 0;
    for (const struct dirent *one; result == 0 && (one = readdir(directory)); errno = 0) {
        if (strcmp(one->d_name, ".") != 0 && strcmp(one->d_name, "..") != 0)
            result = add_entry(dirfd(directory), one->d_name, listing);
    }
    if (result == 0 && errno != 0)
        result = -errno;
    closedir(directory);
    listing_sort(listing);
    return result;
}
