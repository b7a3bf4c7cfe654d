/* SPDX-License-Identifier: BSD-2-Clause */
/* keep.c - runs in the master: memory for an image that is written, and bounds for
 * one that is read. */
#include "daemon/master/keep.h"

#include <stdlib.h>
#include <string.h>

enum { PIECE = 64 * 1024, FDS_PIECE = 256 };

static bool grow(void **block, size_t *room, size_t wanted, size_t size)
{
    if (wanted <= *room)
        return true;
    void *larger = realloc(*block, 2 * wanted * size);
    if (!larger)
        return false;
    *block = larger;
    *room = 2 * wanted;
    return true;
}

void *keeping_add(struct keeping *keeping, size_t n)
{
    void *bytes = keeping->bytes;
    const size_t wanted = keeping->size + n;
    if (wanted > KEPT_SIZE_MAX ||
        !grow(&bytes, &keeping->room, wanted < PIECE ? PIECE : wanted, 1)) {
        keeping->failed = true;
        return NULL;
    }
    keeping->bytes = bytes;
    char *added = keeping->bytes + keeping->size;
    memset(added, 0, n);
    keeping->size = wanted;
    return added;
}

int32_t keeping_fd(struct keeping *keeping, int fd)
{
    void *fds = keeping->fds;
    const size_t wanted = keeping->fd_count + 1;
    if (fd < 0)
        return -1;
    if (!grow(&fds, &keeping->fd_room, wanted < FDS_PIECE ? FDS_PIECE : wanted, sizeof(int32_t))) {
        keeping->failed = true;
        return -1;
    }
    keeping->fds = fds;
    keeping->fds[keeping->fd_count++] = fd;
    return fd;
}

struct kept_head *keeping_head(struct keeping *keeping)
{
    return (struct kept_head *)keeping->bytes;
}

void keeping_free(struct keeping *keeping)
{
    free(keeping->bytes);
    free(keeping->fds);
    *keeping = (struct keeping){ .bytes = NULL };
}

const void *kept_next(struct kept_reader *reader, size_t size, uint32_t count)
{
    const char *at = reader->at;
    if (count > KEPT_SECTION_MAX || size * count > reader->left)
        return NULL;
    reader->at += size * count;
    reader->left -= size * count;
    return at;
}
