/* SPDX-License-Identifier: BSD-2-Clause */
/* stored.c - runs in auth: two places in one file.  Auth can't open or rename
 * files; this replaces a rename. */
#include "daemon/auth/stored.h"

#include "daemon/auth/key.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct head {
    char magic[STORED_MAGIC];
    uint64_t serial;
    uint64_t size;
    uint64_t sum; /* of serial, size and content, which detects an incomplete write */
};

static off_t offset_of(const struct stored *stored, unsigned place)
{
    const size_t page = 4096;
    return (off_t)(place * ((sizeof(struct head) + stored->room + page - 1) / page * page));
}

static uint64_t sum_of(const struct head *head, const void *content)
{
    return key_sum(head->serial, content, head->size) ^
           key_sum(head->size, head->magic, STORED_MAGIC);
}

/* All n bytes, or false: too few bytes are treated as an error. */
static bool read_at(int fd, void *to, size_t n, off_t offset)
{
    size_t have = 0;
    while (have < n) {
        const ssize_t got = pread(fd, (char *)to + have, n - have, offset + (off_t)have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        have += (size_t)got;
    }
    return true;
}

static int write_at(int fd, const void *from, size_t n, off_t offset)
{
    size_t done = 0;
    while (done < n) {
        const ssize_t put = pwrite(fd, (const char *)from + done, n - done, offset + (off_t)done);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return put < 0 ? -errno : -EIO;
        done += (size_t)put;
    }
    return 0;
}

static bool is_known(const char magic[STORED_MAGIC], const char *const magics[])
{
    while (*magics && memcmp(magic, *magics, STORED_MAGIC) != 0)
        magics++;
    return *magics != NULL;
}

/* The content of a place, or -EBADMSG. */
static ssize_t read_place(const struct stored *stored, unsigned place, const char *const magics[],
                          struct head *head, void *content)
{
    const off_t at = offset_of(stored, place);
    if (!read_at(stored->fd, head, sizeof *head, at) || !is_known(head->magic, magics) ||
        head->size == 0 || head->size > stored->room)
        return -EBADMSG;
    if (!read_at(stored->fd, content, (size_t)head->size, at + (off_t)sizeof *head) ||
        head->sum != sum_of(head, content))
        return -EBADMSG;
    return (ssize_t)head->size;
}

static ssize_t read_newest(struct stored *stored, const char *const magics[], void *content)
{
    struct head heads[2];
    ssize_t sizes[2];
    for (unsigned place = 0; place < 2; place++)
        sizes[place] = read_place(stored, place, magics, &heads[place], content);
    if (sizes[0] < 0 && sizes[1] < 0)
        return -EBADMSG;
    const bool second = sizes[0] < 0 || (sizes[1] > 0 && heads[1].serial > heads[0].serial);
    stored->place = second;
    stored->serial = heads[second].serial;
    return second ? sizes[1]
                  : read_place(stored, 0, magics, &heads[0],
                               /* reads it again, because the second one has overwritten it */
                               content);
}

static ssize_t read_file(struct stored *stored, const char *const magics[], void *content)
{
    struct stat about;
    if (fstat(stored->fd, &about) != 0)
        return -errno;
    /* other users could have written it */
    if (!S_ISREG(about.st_mode) || about.st_mode & (S_IWGRP | S_IWOTH))
        return -EPERM;
    return about.st_size == 0 ? 0 : read_newest(stored, magics, content);
}

ssize_t stored_open(struct stored *stored, int fd, const char *const magics[], void *content,
                    size_t room)
{
    *stored = (struct stored){ .fd = fd, .room = room };
    memcpy(stored->magic, magics[0], STORED_MAGIC);
    const ssize_t n = read_file(stored, magics, content);
    if (n < 0) {
        close(fd);
        stored->fd = -1;
    }
    return n;
}

/* The head is written last: without it the place is not valid. */
int stored_write(struct stored *stored, const void *content, size_t n)
{
    struct head head = { .serial = stored->serial + 1, .size = n };
    const unsigned place = !stored->place;
    const off_t at = offset_of(stored, place);
    if (stored->fd < 0 || n == 0 || n > stored->room)
        return -EINVAL;
    memcpy(head.magic, stored->magic, STORED_MAGIC);
    head.sum = sum_of(&head, content);
    int error = write_at(stored->fd, content, n, at + (off_t)sizeof head);
    if (!error)
        error = write_at(stored->fd, &head, sizeof head, at);
    if (error)
        return error;
    stored->place = place;
    stored->serial = head.serial;
    return 0;
}

void stored_close(struct stored *stored)
{
    if (stored->fd < 0)
        return;
    (void)fdatasync(stored->fd); /* best effort: an error could not be reported */
    close(stored->fd);
    stored->fd = -1;
}
