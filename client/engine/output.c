/* SPDX-License-Identifier: BSD-2-Clause */
/* output.c - opens and finishes the local file of a download. */
#include "client/engine/output.h"

#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Two downloads must not write one file.  Checks that fd is still the file of that name. */
static bool lock_file(const struct output *output, const char *name)
{
    struct stat ours, named;
    if (flock(output->fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
        return false;
    return fstat(output->fd, &ours) == 0 && fstatat(output->at.directory, name, &named, 0) == 0 &&
           ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

static int open_locked(struct output *output, const char *name, int flags)
{
    output->fd = openat(output->at.directory, name, flags | O_CLOEXEC | O_NOCTTY, 0666);
    if (output->fd < 0)
        return -errno;
    return output->stream || lock_file(output, name) ? 0 : -EBUSY;
}

/* The file itself; write-only if it cannot be read, so that it cannot be resumed. */
static int open_in_place(struct output *output, int flags)
{
    output->in_place = true;
    const int result = open_locked(output, output->at.name, O_RDWR | flags);
    return result == -EACCES ? open_locked(output, output->at.name, O_WRONLY | flags) : result;
}

static int open_part(struct output *output, const struct output_options *options, bool typed)
{
    part_name(output->at.name, output->part);
    if (options->resume && output->exists &&
        faccessat(output->at.directory, output->part, F_OK, 0) < 0)
        return open_in_place(output, typed ? 0 : O_NOFOLLOW);
    const int result = open_locked(output, output->part, O_RDWR | O_CREAT | O_NOFOLLOW);
    if (output->exists && typed && !options->settings->backup &&
        (result == -EACCES || result == -EPERM || result == -EROFS))
        return open_in_place(output, 0);
    return result;
}

static int open_stream(struct output *output, const struct stat *status)
{
    if (S_ISSOCK(status->st_mode))
        return -ENXIO;
    output->stream = output->in_place = true;
    return open_locked(output, output->at.name, O_WRONLY);
}

/* A symbolic link that the user typed: its target is the file, and it may not exist yet. */
static int follow_link(const char *path, const struct output_options *options,
                       struct output *output)
{
    struct output_options anywhere = *options;
    char target[PATH_MAX];
    struct stat status;
    if (fstatat(output->at.directory, output->at.name, &status, 0) < 0)
        return errno == ENOENT ? open_in_place(output, O_CREAT) : -errno;
    if (S_ISDIR(status.st_mode))
        return -EISDIR;
    if (!S_ISREG(status.st_mode))
        return open_stream(output, &status);
    if (!realpath(path, target))
        return -errno;
    local_close(&output->at);
    anywhere.typed = SIZE_MAX;
    return output_open(target, &anywhere, output);
}

static int open_file(const char *path, const struct output_options *options, struct output *output)
{
    const bool typed = options->typed >= strlen(path);
    struct stat status;
    if (fstatat(output->at.directory, output->at.name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? open_part(output, options, typed) : -errno;
    if (S_ISDIR(status.st_mode))
        return -EISDIR;
    if (S_ISLNK(status.st_mode) && typed)
        return follow_link(path, options, output);
    if (S_ISLNK(status.st_mode))
        return options->overwrite_links ? open_part(output, options, typed) : -ELOOP;
    if (!S_ISREG(status.st_mode))
        return typed ? open_stream(output, &status) : -ENXIO;
    output->exists = true;
    output->mode = (int)(status.st_mode & 0777);
    if (options->settings->no_clobber && !options->resume)
        return -EEXIST;
    if (status.st_nlink > 1 && typed && !options->settings->backup)
        return open_in_place(output, 0);
    return open_part(output, options, typed);
}

int output_open(const char *path, const struct output_options *options, struct output *output)
{
    *output = (struct output){ .fd = -1, .mode = -1 };
    int result = local_open(path, options->typed, &output->at);
    if (result == 0)
        result = open_file(path, options, output);
    if (result == 0)
        return 0;
    if (output->fd >= 0)
        close(output->fd);
    output->fd = -1;
    local_close(&output->at);
    return result;
}

int output_seek(const struct output *output, int64_t offset)
{
    if (output->stream)
        return 0;
    return ftruncate(output->fd, offset) < 0 || lseek(output->fd, offset, SEEK_SET) < 0 ? -errno
                                                                                        : 0;
}

static void set_time(int fd, int64_t modified)
{
    const struct timespec times[2] = { { .tv_nsec = UTIME_NOW }, { .tv_sec = modified } };
    if (modified != INT64_MIN)
        (void)futimens(fd, times);
}

/* NAME~, as editors do; the old one is replaced. */
static int keep_backup(const struct output *output)
{
    char backup[NAME_MAX + 1];
    const int directory = output->at.directory;
    if (!text_format(backup, sizeof backup, "%s~", output->at.name))
        return -ENAMETOOLONG;
    (void)unlinkat(directory, backup, 0);
    /* the name is never missing */
    if (linkat(directory, output->at.name, directory, backup, 0) == 0)
        return 0;
    return renameat(directory, output->at.name, directory, backup) < 0 ? -errno : 0;
}

static void sync_directory(const struct output *output)
{
    const int fd = openat(output->at.directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd); /* some file systems refuse; the file is complete */
    close(fd);
}

static int put_in_place(const struct output *output, const struct settings *settings)
{
    const int directory = output->at.directory;
    if (output->in_place)
        return 0;
    const int result = settings->backup && output->exists ? keep_backup(output) : 0;
    if (result < 0)
        return result;
    return renameat(directory, output->part, directory, output->at.name) < 0 ? -errno : 0;
}

static int finish(const struct output *output, const struct settings *settings, int64_t modified)
{
    if (output->stream)
        return 0;
    /* a file system without modes */
    if (output->mode >= 0 && !output->in_place)
        (void)fchmod(output->fd, (mode_t)output->mode);
    if (settings->keep_times)
        set_time(output->fd, modified);
    if (settings->sync && fsync(output->fd) < 0)
        return -errno;
    const int result = put_in_place(output, settings);
    if (result == 0 && settings->sync)
        sync_directory(output);
    return result;
}

static int close_all(struct output *output)
{
    const int result = close(output->fd) < 0 ? -errno : 0;
    output->fd = -1;
    local_close(&output->at);
    return result;
}

int output_finish(struct output *output, const struct settings *settings, int64_t modified)
{
    const int result = finish(output, settings, modified), closed = close_all(output);
    return result < 0 ? result : closed;
}

static bool is_empty(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && status.st_size == 0;
}

void output_abandon(struct output *output, int64_t modified, enum output_rest rest)
{
    if (!output->in_place && (rest == OUTPUT_USELESS || is_empty(output->fd)))
        (void)unlinkat(output->at.directory, output->part, 0);
    /* so that a resume can check the version */
    else if (!output->in_place && rest == OUTPUT_WRITTEN)
        set_time(output->fd, modified);
    (void)close_all(output);
}
