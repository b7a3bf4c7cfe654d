/* SPDX-License-Identifier: BSD-2-Clause */
/* copy.c - runs in homes: writes the files of a new home.  The image is the
 * master's, made of the administrator's files. */
#include "daemon/homes/homes.h"

#include "common/skeleton.h"
#include "common/text.h"
#include "common/write.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct entry {
    struct skeleton_head head;
    char path[SKELETON_PATH_ROOM];
    off_t bytes_at, next_at;
};

static bool read_at(int image, void *to, size_t n, off_t at)
{
    return pread(image, to, n, at) == (ssize_t)n;
}

/* 1; 0 at the end; or -1 where the image is not whole. */
static int entry_read(int image, off_t at, struct entry *entry)
{
    const ssize_t n = pread(image, &entry->head, sizeof entry->head, at);
    const struct skeleton_head *head = &entry->head;
    if (n == 0)
        return 0;
    if (n != (ssize_t)sizeof entry->head || head->path_length == 0 ||
        head->path_length >= sizeof entry->path || head->mode > 0777 ||
        head->size > SKELETON_BYTES_MAX ||
        (head->kind != SKELETON_DIRECTORY && head->kind != SKELETON_FILE) ||
        !read_at(image, entry->path, head->path_length, at + (off_t)sizeof entry->head))
        return -1;
    entry->path[head->path_length] = '\0';
    entry->bytes_at = at + (off_t)sizeof entry->head + (off_t)head->path_length;
    entry->next_at = entry->bytes_at + (off_t)head->size;
    return strlen(entry->path) == head->path_length ? 1 : -1;
}

static bool bytes_copy(int image, const struct entry *entry, int to)
{
    char bytes[8192];
    for (uint32_t done = 0; done < entry->head.size;) {
        const size_t left = entry->head.size - done;
        const size_t n = left < sizeof bytes ? left : sizeof bytes;
        if (!read_at(image, bytes, n, entry->bytes_at + (off_t)done) ||
            write_all(to, bytes, n) != 0)
            return false;
        done += (uint32_t)n;
    }
    return true;
}

/* The mode first: once it is the user's, only the user may change it. */
static bool hand_over(int fd, mode_t mode, uid_t uid, gid_t gid)
{
    return fchmod(fd, mode) == 0 && fchown(fd, uid, gid) == 0;
}

static int file_make(int directory, int image, const struct entry *entry, uid_t uid, gid_t gid)
{
    const int fd = open_below(directory, entry->path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd < 0)
        return errno;
    errno = EIO; /* the image is shorter than it says */
    int error =
        bytes_copy(image, entry, fd) && fsync(fd) == 0 && hand_over(fd, entry->head.mode, uid, gid)
            ? 0
            : errno;
    if (close(fd) != 0 && !error)
        error = errno;
    return error;
}

/* Its owner may enter it, whatever its mode in the skeleton is: so can clear.c. */
static int directory_give(int directory, const struct entry *entry, uid_t uid, gid_t gid)
{
    const int fd = open_below(directory, entry->path, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0)
        return errno;
    const int error =
        fsync(fd) == 0 && hand_over(fd, entry->head.mode | 0700, uid, gid) ? 0 : errno;
    close(fd);
    return error;
}

/* Directories belong to root until all is in them: homes may not enter those of others.  Backwards,
 * as what is in a directory comes after it. */
static int directories_give(int directory, int image, const off_t places[], size_t count, uid_t uid,
                            gid_t gid)
{
    int error = 0;
    while (!error && count-- > 0) {
        struct entry entry;
        error = entry_read(image, places[count], &entry) == 1
                    ? directory_give(directory, &entry, uid, gid)
                    : EBADMSG;
    }
    return error;
}

int skeleton_copy(int directory, int skeleton, uid_t uid, gid_t gid)
{
    off_t directories[SKELETON_ENTRIES_MAX], at = 0;
    size_t count = 0;
    struct entry entry;
    int found;
    while ((found = entry_read(skeleton, at, &entry)) == 1) {
        int error = 0;
        if (entry.head.kind == SKELETON_FILE)
            error = file_make(directory, skeleton, &entry, uid, gid);
        else if (count == SKELETON_ENTRIES_MAX)
            error = E2BIG;
        else if (mkdirat(directory, entry.path, 0700) != 0)
            error = errno;
        else
            directories[count++] = at;
        if (error)
            return error;
        at = entry.next_at;
    }
    return found < 0 ? EBADMSG
                     : directories_give(directory, skeleton, directories, count, uid, gid);
}
