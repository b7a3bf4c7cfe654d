/* SPDX-License-Identifier: BSD-2-Clause */
/* readers.c - runs in events: the programs that read events_socket.  A reader
 * says one line, where it wants to begin, and then gets events as fast as it
 * takes them; it never delays another, nor the scribe. */
#include "daemon/events/state.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SILENT_MS = 10000, /* for its line */
    STUCK_MS = 60000,  /* one that takes nothing for so long makes room for another */
    TURN_PIECES = 16,
};

void readers_init(struct events *events)
{
    for (size_t i = 0; i < READERS_MAX; i++)
        events->readers[i].fd = -1;
}

static void reader_end(struct reader *reader)
{
    if (reader->fd >= 0)
        close(reader->fd); /* which removes it from the epoll set */
    reader->fd = -1;
}

static uint32_t whom(const struct events *events, const struct reader *reader)
{
    return FIRST_READER + (uint32_t)(reader - events->readers);
}

static void watch_again(const struct events *events, const struct reader *reader)
{
    struct epoll_event event = { .events = (reader->input_ended ? 0U : (uint32_t)EPOLLIN) |
                                           (reader->writes ? (uint32_t)EPOLLOUT : 0U),
                                 .data.u32 = whom(events, reader) };
    (void)epoll_ctl(events->epoll, EPOLL_CTL_MOD, reader->fd, &event);
}

/* ---- what it gets ---- */

static bool put_own(const struct events *events, struct reader *reader, const char *word,
                    uint64_t number, enum gap_reason reason, uint64_t lost)
{
    char *to = reader->out + reader->length;
    const size_t n =
        record_own(events, word, number, reason, lost, to, READER_OUT_ROOM - reader->length);
    reader->length += n;
    return n > 0;
}

static void begin_with(const struct events *events, struct reader *reader, uint64_t next)
{
    reader->next = next;
    reader->has_total = next >= events->ring.first;
    reader->total = reader->has_total ? ring_total(&events->ring, next - 1) : 0;
}

/* Overtaken by the ring: it learns how many events it has missed. */
static bool put_gap(const struct events *events, struct reader *reader)
{
    const struct ring *ring = &events->ring;
    const uint64_t first = ring->first;
    const uint64_t lost =
        reader->has_total ? ring->forgotten - reader->total : first - reader->next;
    if (!put_own(events, reader, "gap", first - 1, GAP_OLD, lost))
        return false;
    begin_with(events, reader, first);
    return true;
}

static bool put_next(const struct events *events, struct reader *reader)
{
    size_t length;
    if (reader->next < events->ring.first)
        return put_gap(events, reader);
    if (reader->next == events->ring.next)
        return false;
    const char *line = ring_line(&events->ring, reader->next, &length);
    if (length > READER_OUT_ROOM - reader->length)
        return false;
    memcpy(reader->out + reader->length, line, length);
    reader->length += length;
    begin_with(events, reader, reader->next + 1);
    return true;
}

/* False: the socket takes no more now, or the reader has ended. */
static bool send_piece(struct reader *reader)
{
    const ssize_t n = send(reader->fd, reader->out + reader->at, reader->length - reader->at,
                           MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n <= 0) {
        reader_end(reader);
        return false;
    }
    reader->since_ms = now_ms();
    reader->at += (size_t)n;
    return true;
}

static bool has_more(const struct events *events, const struct reader *reader)
{
    return reader->at < reader->length || reader->next < events->ring.next;
}

/* Sends as much as it takes, but no more than its turn. */
static void reader_feed(const struct events *events, struct reader *reader)
{
    for (int i = 0; i < TURN_PIECES && has_more(events, reader); i++) {
        if (reader->at == reader->length)
            reader->at = reader->length = 0;
        while (put_next(events, reader))
            ;
        if (!send_piece(reader))
            break;
    }
    if (reader->fd < 0 || reader->writes == has_more(events, reader))
        return;
    reader->writes = !reader->writes;
    watch_again(events, reader);
}

void readers_wake(struct events *events)
{
    for (size_t i = 0; i < READERS_MAX; i++) {
        struct reader *reader = &events->readers[i];
        if (reader->fd >= 0 && reader->asked && !reader->writes)
            reader_feed(events, reader);
    }
}

bool readers_are_served(const struct events *events)
{
    for (size_t i = 0; i < READERS_MAX; i++) {
        const struct reader *reader = &events->readers[i];
        if (reader->fd >= 0 && reader->asked && has_more(events, reader))
            return false;
    }
    return true;
}

/* ---- what it asks ---- */

/* "new", "all" or "after RUN NUMBER".  False: none of them. */
static bool begin_at(const struct events *events, struct reader *reader)
{
    const struct ring *ring = &events->ring;
    char *rest = NULL;
    const char *verb = strtok_r(reader->line, " \r", &rest);
    const char *run = strtok_r(NULL, " \r", &rest);
    const char *number = strtok_r(NULL, " \r", &rest);
    uint64_t last = 0, next = ring->first;
    if (verb && strcmp(verb, "new") == 0 && !run)
        next = ring->next;
    else if (verb && strcmp(verb, "after") == 0 && number &&
             number_parse(number, 0, INT64_MAX, &last)) {
        if (strcmp(run, events->run) != 0 || last >= ring->next) {
            begin_with(events, reader, next);
            return put_own(events, reader, "gap", next - 1, GAP_RUN, 0);
        }
        next = last + 1;
    } else if (!verb || strcmp(verb, "all") != 0 || run)
        return false;
    begin_with(events, reader, next);
    return put_own(events, reader, "position", next - 1, 0, 0);
}

static void refuse(struct reader *reader, const char *line)
{
    (void)send(reader->fd, line, strlen(line), MSG_DONTWAIT | MSG_NOSIGNAL);
    reader_end(reader);
}

static void take_line(const struct events *events, struct reader *reader)
{
    char *end = memchr(reader->line, '\n', reader->line_length);
    if (!end && reader->line_length < READER_LINE_ROOM - 1 && !reader->input_ended)
        return;
    if (end)
        *end = '\0';
    if (!end || !begin_at(events, reader)) {
        refuse(reader, "{\"event\":\"refused\",\"reason\":\"expected: new, all, or after RUN "
                       "NUMBER\"}\n");
        return;
    }
    reader->asked = true;
    reader_feed(events, reader);
}

/* What comes after its line is dropped. */
static void read_input(const struct events *events, struct reader *reader)
{
    char dropped[READER_LINE_ROOM];
    char *to = reader->asked ? dropped : reader->line + reader->line_length;
    const size_t room = reader->asked ? sizeof dropped : READER_LINE_ROOM - 1 - reader->line_length;
    const ssize_t n = recv(reader->fd, to, room, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0) {
        reader_end(reader);
        return;
    }
    if (n == 0) {
        reader->input_ended = true;
        watch_again(events, reader);
    }
    if (reader->asked)
        return;
    reader->line_length += (size_t)n;
    take_line(events, reader);
}

void reader_serve(struct events *events, struct reader *reader, uint32_t what)
{
    if (reader->fd >= 0 && what & (EPOLLHUP | EPOLLERR))
        reader_end(reader);
    if (reader->fd >= 0 && what & EPOLLIN && !reader->input_ended)
        read_input(events, reader);
    if (reader->fd >= 0 && what & EPOLLOUT && reader->asked)
        reader_feed(events, reader);
}

/* ---- who they are ---- */

/* A free place, or that of the reader that has been stuck for longest.  NULL: there is none. */
static struct reader *find_place(struct events *events, int64_t now)
{
    struct reader *stuck = NULL;
    for (size_t i = 0; i < READERS_MAX; i++) {
        struct reader *reader = &events->readers[i];
        if (reader->fd < 0)
            return reader;
        if (has_more(events, reader) && now >= reader->since_ms + STUCK_MS &&
            (!stuck || reader->since_ms < stuck->since_ms))
            stuck = reader;
    }
    if (stuck)
        reader_end(stuck);
    return stuck;
}

void readers_accept(struct events *events)
{
    static const char full[] = "{\"event\":\"refused\",\"reason\":\"too many readers\"}\n";
    const int fd = accept4(events->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    struct reader *reader = find_place(events, now_ms());
    if (!reader) {
        (void)send(fd, full, sizeof full - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
        close(fd);
        return;
    }
    reader->fd = fd;
    reader->asked = reader->writes = reader->input_ended = false;
    reader->line_length = reader->at = reader->length = 0;
    reader->next = events->ring.next;
    reader->since_ms = now_ms();
    if (!events_watch(events, fd, whom(events, reader), EPOLLIN))
        reader_end(reader);
}

int readers_tick(struct events *events, int64_t now)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < READERS_MAX; i++) {
        struct reader *reader = &events->readers[i];
        const int64_t due = reader->since_ms + SILENT_MS;
        if (reader->fd < 0 || reader->asked)
            continue;
        if (now >= due)
            reader_end(reader);
        else if (due < next)
            next = due;
    }
    return next == INT64_MAX ? -1 : (int)(next - now);
}

void reader_adopted(struct events *events, struct reader *reader)
{
    reader->writes = true; /* there may be bytes to send */
    reader->at = reader->length = 0;
    if (!events_watch(events, reader->fd, whom(events, reader),
                      EPOLLOUT | (reader->input_ended ? 0U : (uint32_t)EPOLLIN)))
        reader_end(reader);
}
