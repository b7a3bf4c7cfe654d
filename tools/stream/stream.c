/* SPDX-License-Identifier: BSD-2-Clause */
/* stream.c - a reader of events_socket.  What it reads was written by the daemon;
 * names and paths in it were chosen by FTP users. */
#include "tools/stream/stream.h"

#include "common/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { PAUSE_MIN_MS = 100, PAUSE_MAX_MS = 5000, REFUSED_MS = 5000 };

bool stream_init(struct stream *stream, const char *path, const struct position *from)
{
    *stream = (struct stream){ .path = path, .last = *from, .pause_ms = PAUSE_MIN_MS };
    for (size_t i = 0; i < STREAM_SOURCES; i++) {
        stream->sources[i].fd = -1;
        stream->sources[i].bytes = malloc(STREAM_LINE_ROOM);
        if (!stream->sources[i].bytes)
            return false;
    }
    return true;
}

static void source_end(struct source *source)
{
    if (source->fd >= 0)
        close(source->fd);
    source->fd = -1;
    source->length = 0;
}

static bool say_where(int fd, const struct position *last)
{
    char line[64 + STREAM_RUN_ROOM];
    if (*last->run)
        (void)text_format(line, sizeof line, "after %s %" PRIu64 "\n", last->run, last->number);
    else
        (void)text_copy(line, sizeof line, "new\n");
    return send(fd, line, strlen(line), MSG_NOSIGNAL) == (ssize_t)strlen(line);
}

/* -1: errno. */
static int connect_to(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (!text_copy(address.sun_path, sizeof address.sun_path, path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    const int error = errno;
    close(fd);
    errno = error;
    return -1;
}

bool stream_connect(struct stream *stream, int64_t now)
{
    struct source *source = &stream->sources[0];
    if (source->fd >= 0)
        return true;
    if (now < stream->retry_ms)
        return false;
    source->fd = connect_to(stream->path);
    stream->error = source->fd < 0 ? errno : 0;
    if (source->fd >= 0 && !say_where(source->fd, &stream->last)) {
        stream->error = errno;
        source_end(source);
    }
    stream->pause_ms = source->fd >= 0                   ? PAUSE_MIN_MS
                       : stream->pause_ms < PAUSE_MAX_MS ? 2 * stream->pause_ms
                                                         : PAUSE_MAX_MS;
    stream->retry_ms = now + stream->pause_ms;
    return source->fd >= 0;
}

void stream_fill(const struct stream *stream, struct pollfd fds[STREAM_SOURCES])
{
    for (size_t i = 0; i < STREAM_SOURCES; i++)
        fds[i] = (struct pollfd){ .fd = stream->sources[i].fd, .events = POLLIN };
}

/* The daemon's master has ended: its sessions report here, those of the next daemon at the path. */
static void retire(struct stream *stream)
{
    const struct source current = stream->sources[0];
    source_end(&stream->sources[1]);
    stream->sources[0] = stream->sources[1];
    stream->sources[1] = current;
    stream->retry_ms = 0;
}

/* Too many readers are there: try again later.  Anything else is not our language. */
static bool refused(struct stream *stream, const struct stream_event *event)
{
    const char *reason = log_line_get(&event->line, "reason");
    (void)fprintf(stderr, "%s: refused: %s\n", stream->path, reason ? reason : "");
    source_end(&stream->sources[0]);
    stream->retry_ms = now_ms() + REFUSED_MS;
    return reason && strcmp(reason, "too many readers") == 0;
}

static bool place(struct stream_event *event)
{
    const char *run = log_line_get(&event->line, "run");
    const char *number = log_line_get(&event->line, "number");
    return run && number && text_copy(event->position.run, sizeof event->position.run, run) &&
           number_parse(number, 0, INT64_MAX, &event->position.number);
}

enum taken { TAKEN, TAKEN_RETIRED, TAKEN_REFUSED, TAKEN_STRANGE };

static enum taken take_line(struct stream *stream, size_t which, char *text,
                            void (*take)(void *context, const struct stream_event *event),
                            void *context)
{
    static char raw[STREAM_LINE_ROOM];
    struct stream_event event = { .raw = raw, .retired = which != 0 };
    (void)text_copy(raw, sizeof raw, text);
    if (!log_line_parse(text, 0, &event.line))
        return TAKEN_STRANGE;
    if (strcmp(event.line.event, "refused") == 0 && !log_line_get(&event.line, "run"))
        return refused(stream, &event) ? TAKEN : TAKEN_REFUSED;
    if (!place(&event))
        return TAKEN_STRANGE;
    take(context, &event);
    if (which == 0)
        stream->last = event.position;
    return which == 0 && strcmp(event.line.event, "retired") == 0 ? TAKEN_RETIRED : TAKEN;
}

/* Whole lines of what has come. */
static enum taken take_lines(struct stream *stream, size_t which,
                             void (*take)(void *context, const struct stream_event *event),
                             void *context)
{
    struct source *source = &stream->sources[which];
    enum taken taken = TAKEN;
    size_t at = 0;
    while (taken == TAKEN && source->fd >= 0) {
        char *end = memchr(source->bytes + at, '\n', source->length - at);
        if (!end)
            break;
        *end = '\0';
        taken = take_line(stream, which, source->bytes + at, take, context);
        at = (size_t)(end - source->bytes) + 1;
    }
    if (source->fd < 0)
        return taken;
    memmove(source->bytes, source->bytes + at, source->length - at);
    source->length -= at;
    return taken;
}

/* False: it has ended. */
static bool receive(struct source *source)
{
    const ssize_t n = recv(source->fd, source->bytes + source->length,
                           STREAM_LINE_ROOM - source->length, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (n <= 0)
        return false;
    source->length += (size_t)n;
    return true;
}

bool stream_read(struct stream *stream, const struct pollfd fds[STREAM_SOURCES],
                 void (*take)(void *context, const struct stream_event *event), void *context)
{
    /* the retired one first: its events are older */
    for (size_t i = STREAM_SOURCES; i-- > 0;) {
        struct source *source = &stream->sources[i];
        if (source->fd < 0 || !fds[i].revents)
            continue;
        if (!receive(source)) {
            source_end(source);
            continue;
        }
        switch (take_lines(stream, i, take, context)) {
        case TAKEN:
            break;
        case TAKEN_RETIRED:
            retire(stream);
            break;
        case TAKEN_REFUSED:
            return false;
        case TAKEN_STRANGE:
            (void)fprintf(stderr, "%s: a line that is no event: is it another program's?\n",
                          stream->path);
            return false;
        }
        if (source->length == STREAM_LINE_ROOM)
            source_end(source); /* no event is so long */
    }
    return true;
}
