/* SPDX-License-Identifier: BSD-2-Clause */
/* stream.h - reads events_socket (doc/events.md): connects, continues where it
 * was, connects again.  For wardctl and wardftpd-run. */
#ifndef TOOLS_STREAM_H
#define TOOLS_STREAM_H

#include "tools/wardctl/log_line.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    STREAM_LINE_ROOM = 131072, /* longer than any line of the server */
    STREAM_RUN_ROOM = 32,
    STREAM_SOURCES = 2,
};

/* Run and number of an event; an empty run: none. */
struct position {
    char run[STREAM_RUN_ROOM];
    uint64_t number;
};

struct source {
    int fd; /* -1: none */
    char *bytes;
    size_t length;
};

/* The second source is that of a daemon whose master has ended: its sessions go on. */
struct stream {
    const char *path;
    struct source sources[STREAM_SOURCES];
    struct position last; /* of the first source */
    int64_t retry_ms;     /* when to connect again */
    int pause_ms;
    int error; /* of the last attempt */
};

/* A line of the stream; retired: of the second source. */
struct stream_event {
    struct log_line line;
    const char *raw; /* as it came, without its end */
    bool retired;
    struct position position;
};

/* False: no memory. */
bool stream_init(struct stream *stream, const char *path, const struct position *from);

/* Connects if that is due.  False: it is not connected. */
bool stream_connect(struct stream *stream, int64_t now_ms);

/* For poll(2): as many as STREAM_SOURCES; fd -1 where there is none. */
void stream_fill(const struct stream *stream, struct pollfd fds[STREAM_SOURCES]);

/* Reads what has come, and calls `take` for each line.  False: the server refuses us, said on
 * standard error. */
bool stream_read(struct stream *stream, const struct pollfd fds[STREAM_SOURCES],
                 void (*take)(void *context, const struct stream_event *event), void *context);

#endif
