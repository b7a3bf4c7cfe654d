/* SPDX-License-Identifier: BSD-2-Clause */
/* file.c - runs in rehash: reads the user file, writes it again with one other
 * field, and puts the new file in its place, as wardpasswd does and under its lock
 * (tools/wardpasswd/replace.c). */
#include "daemon/rehash/rehash.h"

#include "common/text.h"
#include "common/write.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FILE_MAX = 64 << 20, NAME_WITH_END = ERRAND_NAME_ROOM + 8 };

static int open_here(const char *name, int flags, mode_t mode)
{
    const struct open_how how = { .flags = (unsigned)(flags | O_CLOEXEC | O_NOFOLLOW),
                                  .mode = mode,
                                  .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
    return (int)syscall(SYS_openat2, AT_FDCWD, name, &how, sizeof how);
}

/* Waits for the lock.  A descriptor that holds it, or -1 with errno. */
static int lock_take(const char *name)
{
    char path[NAME_WITH_END];
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    if (!text_format(path, sizeof path, "%s.lock", name))
        return errno = ENAMETOOLONG, -1;
    const int fd = open_here(path, O_RDWR | O_CREAT, 0600);
    if (fd >= 0 && fcntl(fd, F_OFD_SETLKW, &whole) == 0)
        return fd;
    const int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return -1;
}

/* As auth demands; and the new file, which root makes, has the same owner and mode. */
static bool is_private(const struct stat *about)
{
    return S_ISREG(about->st_mode) && about->st_uid == 0 && about->st_gid == 0 &&
           (about->st_mode & 07777) == 0600;
}

/* The whole file; NULL with errno. */
static char *read_whole(const char *name, size_t *size)
{
    struct stat about;
    char *text = NULL;
    const int fd = open_here(name, O_RDONLY | O_NONBLOCK, 0);
    if (fd < 0)
        return NULL;
    errno = EPERM;
    if (fstat(fd, &about) != 0 || !is_private(&about))
        goto out;
    errno = EFBIG;
    if (about.st_size > FILE_MAX)
        goto out;
    *size = (size_t)about.st_size;
    text = malloc(*size + 1);
    for (size_t done = 0; text && done < *size;) {
        const ssize_t n = pread(fd, text + done, *size - done, (off_t)done);
        if (n <= 0) {
            const int error = n < 0 ? errno : EIO;
            wipe(text, done);
            free(text);
            text = NULL;
            errno = error;
        }
        done += n > 0 ? (size_t)n : 0;
    }
out:
    close(fd);
    return text;
}

/* libc's renameat2 without flags is another system call. */
static int rename_here(const char *from, const char *to)
{
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

struct change {
    const char *text; /* the file */
    size_t size;
    size_t at, length; /* of the hash that is replaced ... */
    const char *hash;  /* ... by this one */
};

static int error_of(int result)
{
    return result == 0 ? 0 : result < -1 ? -result : errno;
}

static int write_changed(int fd, const struct change *change)
{
    const size_t behind = change->at + change->length;
    int error = -write_all(fd, change->text, change->at);
    if (!error)
        error = -write_all(fd, change->hash, strlen(change->hash));
    if (!error)
        error = -write_all(fd, change->text + behind, change->size - behind);
    if (!error)
        error = error_of(fchmod(fd, 0600));
    return error ? error : error_of(fsync(fd));
}

/* The directory's new entry must be on the disk as well as the file. */
static int sync_directory(void)
{
    const int fd = open_here(".", O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0)
        return errno;
    const int error = error_of(fsync(fd));
    close(fd);
    return error;
}

/* With the lock, a file of the new one's name is what a killed process has left. */
static int put_in_place(const char *name, const struct change *change)
{
    char new[NAME_WITH_END];
    if (!text_format(new, sizeof new, "%s.rehash", name))
        return ENAMETOOLONG;
    if (unlinkat(AT_FDCWD, new, 0) != 0 && errno != ENOENT)
        return errno;
    const int fd = open_here(new, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd < 0)
        return errno;
    int error = write_changed(fd, change);
    if (close(fd) != 0 && !error)
        error = errno;
    if (!error)
        error = error_of(rename_here(new, name));
    if (error)
        (void)unlinkat(AT_FDCWD, new, 0);
    return error ? error : sync_directory();
}

int hash_replace(const char *name, const struct errand_rehash *ask)
{
    struct change change = { .length = strlen(ask->from), .hash = ask->to };
    const int lock = lock_take(name);
    if (lock < 0)
        return errno;
    char *text = read_whole(name, &change.size);
    int error = text ? 0 : errno;
    change.text = text;
    if (!error)
        error = row_find(text, change.size, ask, &change.at);
    if (!error)
        error = put_in_place(name, &change);
    if (text)
        wipe(text, change.size);
    free(text);
    close(lock);
    return error;
}
