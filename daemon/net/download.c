/* SPDX-License-Identifier: BSD-2-Clause */
/* download.c - runs in NET, without privilege; sends files that JAIL opened. */
#include "daemon/net/download.h"

#include "daemon/net/ascii.h"
#include "daemon/net/data.h"
#include "daemon/net/pace.h"
#include "daemon/net/progress.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SENDFILE_PIECE = 2 * 1024 * 1024,
    CORK_MOST = 256 * 1024, /* a longer file is not corked */
};

static size_t within_left(const struct session *s, size_t n)
{
    return s->transfer.left < n ? (size_t)s->transfer.left : n;
}

/* Reads *n bytes of the file; 0 at its end. */
static enum outcome read_file(struct session *s, int file, char *to, size_t room, size_t *n)
{
    ssize_t got;
    do {
        got = read(file, to, within_left(s, room));
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return progress_fail(s, (uint32_t)errno);
    *n = (size_t)got;
    progress_read(s, (size_t)got);
    return OUTCOME_DONE;
}

/* Through our own memory: for type A, TLS, and files that sendfile can't send. */
static enum outcome send_read(struct session *s, int file, bool convert)
{
    struct ascii ascii = { .cr = false };
    for (;;) {
        size_t n = 0;
        const char *bytes = s->room.piece;
        enum outcome outcome = read_file(s, file, s->room.piece, PIECE_SIZE / 2, &n);
        if (outcome != OUTCOME_DONE || n == 0)
            return outcome;
        if (convert) {
            n = ascii_to_wire(&ascii, s->room.piece, n, s->converted);
            bytes = s->converted;
        }
        outcome = data_send(s, bytes, n);
        if (outcome != OUTCOME_DONE)
            return outcome;
    }
}

/* Which side has failed?  The socket's errors are few. */
static enum outcome sendfile_failed(struct session *s, int file, int error)
{
    /* a file system without sendfile */
    if (error == EINVAL || error == ENOSYS || error == EOVERFLOW)
        return send_read(s, file, false);
    if (error == EPIPE || error == ECONNRESET || error == ETIMEDOUT || error == EHOSTUNREACH)
        return OUTCOME_BROKEN;
    return progress_fail(s, (uint32_t)error);
}

/* sendfile(2) fills segments by itself, so the cork of a data connection gains nothing but the last
 * segment, and holds back the bytes of a long file: with it the kernel needs twice the CPU. */
static void uncork(int fd)
{
    const int off = 0;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_CORK, &off, sizeof off);
}

static enum outcome send_whole(struct session *s, int file)
{
    if (s->transfer.left > CORK_MOST)
        uncork(s->data.stream.fd);
    while (s->transfer.left > 0) {
        enum outcome outcome = OUTCOME_DONE;
        const ssize_t n =
            sendfile(s->data.stream.fd, file, NULL, within_left(s, pace_piece(s, SENDFILE_PIECE)));
        if (n == 0)
            return OUTCOME_DONE;
        if (n > 0) {
            progress_moved(s, (size_t)n);
            progress_read(s, (size_t)n);
            outcome = pace(s, (size_t)n);
        } else if (errno == EAGAIN) {
            outcome = data_wait(s, POLLOUT);
        } else if (errno != EINTR) {
            return sendfile_failed(s, file, errno);
        }
        if (outcome != OUTCOME_DONE)
            return outcome;
    }
    return OUTCOME_DONE;
}

static enum outcome send_file(struct session *s, int file)
{
    if (s->type == TYPE_ASCII)
        return send_read(s, file, true);
    return s->data.stream.kind->raw ? send_whole(s, file) : send_read(s, file, false);
}

/* A file that grows during the transfer is sent up to the size in the 150; if it has shrunk, the
 * client must not get a 226. */
enum outcome download(struct session *s, int file)
{
    const uint64_t left = s->transfer.left;
    const enum outcome outcome = send_file(s, file);
    if (outcome == OUTCOME_DONE && left - s->transfer.left < s->transfer.size)
        return OUTCOME_SHRUNK;
    return outcome;
}
