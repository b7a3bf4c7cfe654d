/* SPDX-License-Identifier: BSD-2-Clause */
/* stream.c - runs in NET, without privilege; carries the client's bytes. */
#include "daemon/net/stream.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static ssize_t plain_read(struct stream *stream, void *to, size_t room)
{
    const ssize_t n = read(stream->fd, to, room);
    return n < 0 ? -errno : n;
}

static ssize_t plain_write(struct stream *stream, const void *bytes, size_t n)
{
    const ssize_t written = send(stream->fd, bytes, n, MSG_NOSIGNAL);
    return written < 0 ? -errno : written;
}

static short plain_want(const struct stream *stream, short events)
{
    (void)stream;
    return events;
}

static bool plain_pending(const struct stream *stream)
{
    (void)stream;
    return false;
}

static int plain_finish(struct stream *stream)
{
    return shutdown(stream->fd, SHUT_WR) == 0 ? 0 : -errno;
}

static void plain_close(struct stream *stream)
{
    (void)close(stream->fd); /* a socket has no data that close could fail to write */
}

static void plain_forget(struct stream *stream)
{
    (void)stream;
}

static const struct stream_kind plain = {
    .read = plain_read,
    .write = plain_write,
    .want = plain_want,
    .pending = plain_pending,
    .finish = plain_finish,
    .close = plain_close,
    .forget = plain_forget,
    .raw = true,
};

void stream_plain(struct stream *stream, int fd)
{
    *stream = (struct stream){ .fd = fd, .kind = &plain };
}

ssize_t stream_read(struct stream *stream, void *to, size_t room)
{
    ssize_t n;
    do {
        n = stream->kind->read(stream, to, room);
    } while (n == -EINTR);
    return n;
}

ssize_t stream_write(struct stream *stream, const void *bytes, size_t n)
{
    ssize_t written;
    do {
        written = stream->kind->write(stream, bytes, n);
    } while (written == -EINTR);
    return written;
}

short stream_want(const struct stream *stream, short events)
{
    return stream->kind->want(stream, events);
}

bool stream_pending(const struct stream *stream)
{
    return stream->fd >= 0 && stream->kind->pending(stream);
}

int stream_finish(struct stream *stream)
{
    return stream->fd < 0 ? -EPIPE : stream->kind->finish(stream);
}

int stream_release(struct stream *stream)
{
    const int fd = stream->fd;
    if (fd >= 0)
        stream->kind->forget(stream);
    stream_plain(stream, -1);
    return fd;
}

void stream_close(struct stream *stream)
{
    if (stream->fd >= 0)
        stream->kind->close(stream);
    stream_plain(stream, -1);
}
