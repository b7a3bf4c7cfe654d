/* SPDX-License-Identifier: BSD-2-Clause */
/* replace.c - the user file on the disk: read, locked, replaced by rename(2),
 * so that auth never sees half of it and two edits never lose one. */
#include "common/text.h"
#include "common/write.h"
#include "tools/wardpasswd/complain.h"
#include "tools/wardpasswd/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_MAX = 64 << 20 }; /* bytes; far beyond any list of users, within any memory */

static int code_of(int error)
{
    return error == EACCES || error == EPERM ? EX_NOPERM : EX_IOERR;
}

static int fail(const struct user_file *file, const char *what)
{
    const int error = errno;
    return complain(code_of(error), "%s: cannot %s: %s", file->path, what, strerror(error));
}

/* Resolves symbolic links; if the file does not exist, those of its directory. */
static int resolve(struct user_file *file, const char *path)
{
    if (realpath(path, file->path))
        return 0;
    if (!text_copy(file->path, sizeof file->path, path))
        return complain(EX_USAGE, "path of the user file too long");
    if (errno != ENOENT)
        return fail(file, "resolve the path");
    struct stat link;
    if (lstat(path, &link) == 0)
        return complain(EX_NOINPUT, "%s: dangling symbolic link", path);
    return 0;
}

static int read_all(struct user_file *file, int fd)
{
    const size_t size = (size_t)file->meta.st_size;
    file->bytes = malloc(size + 1);
    if (!file->bytes)
        return complain(EX_OSERR, "out of memory");
    while (file->length < size) {
        const ssize_t n = read(fd, file->bytes + file->length, size - file->length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(file, "read");
        if (n == 0)
            break;
        file->length += (size_t)n;
    }
    return 0;
}

static int read_contents(struct user_file *file, bool may_be_made)
{
    /* O_NONBLOCK: a FIFO of that name must not hang us. */
    const int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return may_be_made ? 0 : complain(EX_NOINPUT, "%s: no such file", file->path);
    if (fd < 0)
        return fail(file, "open");
    int code;
    if (fstat(fd, &file->meta) != 0)
        code = fail(file, "stat");
    else if (!S_ISREG(file->meta.st_mode))
        code = complain(EX_DATAERR, "%s: not a regular file", file->path);
    else if (file->meta.st_size > FILE_MAX)
        code = complain(EX_DATAERR, "%s: larger than %d MiB", file->path, FILE_MAX >> 20);
    else
        code = read_all(file, fd);
    file->exists = code == 0;
    close(fd);
    return code;
}

int file_read(struct user_file *file, const char *path, bool may_be_made)
{
    *file = (struct user_file){ .lock = -1 };
    const int code = resolve(file, path);
    return code ? code : read_contents(file, may_be_made);
}

/* Waits for the lock of path.lock.  That file stays: removing it would let two
 * editors hold a lock each, on a file of the same name. */
static int lock_take(struct user_file *file)
{
    char path[PATH_MAX + 8];
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    (void)text_format(path, sizeof path, "%s.lock", file->path);
    file->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file->lock < 0) {
        const int error = errno;
        return complain(code_of(error) == EX_NOPERM ? EX_NOPERM : EX_CANTCREAT,
                        "%s: cannot open: %s", path, strerror(error));
    }
    while (fcntl(file->lock, F_OFD_SETLKW, &whole) != 0) {
        if (errno != EINTR)
            return fail(file, "lock");
    }
    return 0;
}

int file_open(struct user_file *file, const char *path, bool may_be_made)
{
    *file = (struct user_file){ .lock = -1 };
    int code = resolve(file, path);
    if (code == 0 && !may_be_made && access(file->path, F_OK) != 0)
        code = complain(EX_NOINPUT, "%s: %s", file->path, strerror(errno));
    if (code == 0)
        code = lock_take(file);
    return code ? code : read_contents(file, may_be_made);
}

void file_close(struct user_file *file)
{
    if (file->bytes)
        wipe(file->bytes, file->length);
    free(file->bytes);
    file->bytes = NULL;
    file->length = 0;
    /* and with it the lock */
    if (file->lock >= 0)
        close(file->lock);
    file->lock = -1;
}

/* Owner first: a change of owner may take mode bits away. */
static bool meta_keep(int fd, const struct user_file *file)
{
    if (!file->exists)
        return fchmod(fd, 0600) == 0;
    return fchown(fd, file->meta.st_uid, file->meta.st_gid) == 0 &&
           fchmod(fd, file->meta.st_mode & 07777) == 0;
}

/* The new entry of the directory must be on the disk as well as the file. */
static bool directory_sync(const char *path)
{
    char directory[PATH_MAX];
    (void)text_copy(directory, sizeof directory, path);
    char *slash = strrchr(directory, '/');
    if (slash)
        slash[slash == directory ? 1 : 0] = '\0';
    const int fd = open(slash ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    const bool fine = fsync(fd) == 0;
    close(fd);
    return fine;
}

static int replace(struct user_file *file)
{
    char temporary[PATH_MAX + 8];
    (void)text_format(temporary, sizeof temporary, "%s.XXXXXX", file->path);
    const int fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 */
    if (fd < 0) {
        const int error = errno;
        return complain(code_of(error) == EX_NOPERM ? EX_NOPERM : EX_CANTCREAT,
                        "cannot create a temporary file for %s: %s", file->path, strerror(error));
    }
    bool fine =
        meta_keep(fd, file) && write_all(fd, file->bytes, file->length) == 0 && fsync(fd) == 0;
    if (close(fd) != 0)
        fine = false;
    if (fine && rename(temporary, file->path) == 0)
        return directory_sync(file->path) ? 0 : fail(file, "sync the directory");
    const int code = fail(file, "replace");
    (void)unlink(temporary);
    return code;
}

int file_replace(struct user_file *file)
{
    sigset_t all, before;
    sigfillset(&all);
    (void)sigprocmask(SIG_BLOCK, &all, &before); /* ^C here would leave the temporary file behind */
    const int code = replace(file);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return code;
}
