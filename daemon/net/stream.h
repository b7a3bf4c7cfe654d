/* SPDX-License-Identifier: BSD-2-Clause */
/* stream.h - a stream of bytes over a non-blocking socket, with or without
 * TLS.  Control and data connections are read and written through it. */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct stream;

struct stream_kind {
    ssize_t (*read)(struct stream *stream, void *to, size_t room);
    ssize_t (*write)(struct stream *stream, const void *bytes, size_t n);
    short (*want)(const struct stream *stream, short events);
    bool (*pending)(const struct stream *stream);
    int (*finish)(struct stream *stream);
    void (*close)(struct stream *stream);
    void (*forget)(struct stream *stream); /* frees the state; the socket stays open */
    /* without TLS: sendfile and splice may be used on the socket */
    bool raw;
};

struct stream {
    int fd;                         /* -1: closed */
    const struct stream_kind *kind; /* never NULL */
    void *state;                    /* of the kind */
};

/* Makes it a plain stream over a socket, which it owns from now on; fd -1: a closed stream. */
void stream_plain(struct stream *stream, int fd);

/* Bytes read; 0 at the orderly end; -EAGAIN where there is nothing yet; -errno. */
ssize_t stream_read(struct stream *stream, void *to, size_t room);

/* Bytes taken, maybe fewer than n; -EAGAIN; -errno (-EPIPE, -ECONNRESET: the other side is
 * gone). */
ssize_t stream_write(struct stream *stream, const void *bytes, size_t n);

/* What to poll for after -EAGAIN; events: what a plain socket would need. */
short stream_want(const struct stream *stream, short events);

/* Are there buffered bytes, which poll does not see? */
bool stream_pending(const struct stream *stream);

/* Tells the peer that nothing more will be written. 0; -EAGAIN: call again; -errno. */
int stream_finish(struct stream *stream);

/* Returns the socket, which the caller owns from now on; the stream is closed. */
int stream_release(struct stream *stream);

/* Closes; harmless on a closed one. */
void stream_close(struct stream *stream);

#endif
