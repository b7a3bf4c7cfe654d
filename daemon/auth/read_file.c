/* SPDX-License-Identifier: BSD-2-Clause */
/* read_file.c - runs in auth: whole files into memory. */
#include "daemon/auth/read_file.h"

#include "common/text.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* Reads room bytes, or up to the end of the file.  Returns their number, or -1. */
static ssize_t read_all(int fd, char *to, size_t room)
{
    size_t have = 0;
    while (have < room) {
        const ssize_t n = pread(fd, to + have, room - have, (off_t)have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        have += (size_t)n;
    }
    return (ssize_t)have;
}

static char *give_up(char *text, size_t room, int error)
{
    wipe(text, room);
    free(text);
    errno = error;
    return NULL;
}

char *read_file(int fd, size_t most, size_t *size, struct stat *about)
{
    enum { SLACK = 4096 }; /* it may grow during the read */
    if (fstat(fd, about) != 0)
        return NULL;
    if (!S_ISREG(about->st_mode)) {
        errno = EINVAL;
        return NULL;
    }
    if (about->st_size < 0 || (size_t)about->st_size > most) {
        errno = EFBIG;
        return NULL;
    }
    const size_t room = (size_t)about->st_size + SLACK;
    char *text = malloc(room);
    if (!text)
        return NULL;
    const ssize_t n = read_all(fd, text, room);
    if (n < 0)
        return give_up(text, room, errno);
    if ((size_t)n == room)
        return give_up(text, room, EFBIG);
    text[n] = '\0';
    *size = (size_t)n;
    return text;
}

static bool same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool file_has_changed(int fd, const struct stat *then)
{
    struct stat now;
    if (fstat(fd, &now) != 0)
        return true;
    /* A rename, an unlink and a chmod all change the ctime. */
    return now.st_nlink != then->st_nlink || now.st_size != then->st_size ||
           !same_time(now.st_mtim, then->st_mtim) || !same_time(now.st_ctim, then->st_ctim);
}
