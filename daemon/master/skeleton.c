/* SPDX-License-Identifier: BSD-2-Clause */
/* skeleton.c - runs in the master, and in `wardftpd -t`: reads the administrator's
 * files for a new home, so that the process that makes it needs no directory but
 * that of the homes. */
#include "daemon/master/skeleton.h"

#include "common/sealed.h"
#include "common/skeleton.h"
#include "common/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct reading {
    char *bytes;
    size_t size;
    size_t entries;
    char path[SKELETON_PATH_ROOM]; /* from the skeleton, of what is read */
    const char *fault;
    int error;
};

static bool fail(struct reading *reading, int error, const char *fault)
{
    reading->error = error;
    reading->fault = fault;
    return false;
}

static bool add(struct reading *reading, const void *bytes, size_t n)
{
    if (n > SKELETON_BYTES_MAX - reading->size)
        return fail(reading, EFBIG, "has more than 4 MB of files");
    memcpy(reading->bytes + reading->size, bytes, n);
    reading->size += n;
    return true;
}

static bool add_head(struct reading *reading, enum skeleton_kind kind, const struct stat *about)
{
    const size_t length = strlen(reading->path);
    const struct skeleton_head head = { .kind = kind,
                                        .mode = about->st_mode & 0777,
                                        .path_length = (uint32_t)length,
                                        .size =
                                            kind == SKELETON_FILE ? (uint32_t)about->st_size : 0 };
    if (++reading->entries > SKELETON_ENTRIES_MAX)
        return fail(reading, E2BIG, "has more than 256 files and directories");
    return add(reading, &head, sizeof head) && add(reading, reading->path, length);
}

static bool read_file(struct reading *reading, int fd, const struct stat *about)
{
    if (about->st_size > SKELETON_BYTES_MAX)
        return fail(reading, EFBIG, "has more than 4 MB of files");
    if (!add_head(reading, SKELETON_FILE, about))
        return false;
    for (off_t left = about->st_size; left > 0;) {
        char bytes[8192];
        const size_t most = left < (off_t)sizeof bytes ? (size_t)left : sizeof bytes;
        const ssize_t n = read(fd, bytes, most);
        if (n <= 0)
            return fail(reading, n < 0 ? errno : EIO, "a file cannot be read");
        if (!add(reading, bytes, (size_t)n))
            return false;
        left -= n;
    }
    return true;
}

/* A user who could write there would choose the files of others. */
static bool is_roots_alone(const struct stat *about)
{
    return about->st_uid == 0 && !(about->st_mode & (S_IWGRP | S_IWOTH));
}

static bool read_directory(struct reading *reading, int fd, unsigned depth);

static bool read_entry(struct reading *reading, int directory, const char *name, unsigned depth)
{
    struct stat about;
    const int fd =
        openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 && (errno == ELOOP || errno == ENXIO)) /* a symbolic link, a socket, a device */
        return true;
    if (fd < 0 || fstat(fd, &about) != 0) {
        (void)fail(reading, errno, "a file cannot be opened");
        if (fd >= 0)
            close(fd);
        return false;
    }
    if (!is_roots_alone(&about))
        (void)fail(reading, EPERM, "has a file that others than root may change");
    else if (S_ISDIR(about.st_mode) && add_head(reading, SKELETON_DIRECTORY, &about))
        return read_directory(reading, fd, depth + 1);
    else if (S_ISREG(about.st_mode))
        (void)read_file(reading, fd, &about);
    close(fd);
    return !reading->fault;
}

/* Takes over fd. */
static bool read_directory(struct reading *reading, int fd, unsigned depth)
{
    DIR *entries = fdopendir(fd);
    const struct dirent *entry;
    const size_t length = strlen(reading->path);
    bool fine = entries && depth <= SKELETON_DEPTH_MAX;
    if (!fine)
        (void)fail(reading, entries ? E2BIG : errno,
                   entries ? "has directories more than 8 deep" : "cannot be read");
    while (fine && (entry = readdir(entries)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        fine = text_format(reading->path + length, sizeof reading->path - length, "%s%s",
                           length ? "/" : "", entry->d_name) ||
               fail(reading, ENAMETOOLONG, "has too long a path");
        fine = fine && read_entry(reading, fd, entry->d_name, depth);
        reading->path[length] = '\0';
    }
    if (entries)
        (void)closedir(entries);
    else
        close(fd);
    return fine;
}

static bool read_root(struct reading *reading, const char *path)
{
    struct stat about;
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fail(reading, errno, strerror(errno));
    if (fstat(fd, &about) == 0 && is_roots_alone(&about))
        return read_directory(reading, fd, 1);
    close(fd);
    return fail(reading, EPERM, "must belong to root, and be writable for root alone");
}

int skeleton_read(const char *path, int *image, const char **fault)
{
    struct reading reading = { .bytes = NULL };
    *image = -1;
    if (!*path)
        return 0;
    reading.bytes = malloc(SKELETON_BYTES_MAX);
    if (!reading.bytes)
        (void)fail(&reading, ENOMEM, "no memory");
    else if (read_root(&reading, path) && reading.size > 0) {
        *image = sealed_make("wardftpd-skeleton", reading.bytes, reading.size);
        if (*image < 0)
            (void)fail(&reading, -*image, "no memory for its image");
    }
    free(reading.bytes);
    *fault = reading.fault;
    return reading.error;
}
