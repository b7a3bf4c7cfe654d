/* SPDX-License-Identifier: BSD-2-Clause */
/* feed.c - runs in the scribe: passes events on to the process events. */
#include "daemon/scribe/state.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FINISH_MS = 1000 };

static void close_channel(struct scribe *scribe)
{
    struct feed *feed = &scribe->feed;
    if (feed->fd < 0)
        return;
    (void)epoll_ctl(scribe->epoll, EPOLL_CTL_DEL, feed->fd, NULL);
    close(feed->fd);
    feed->fd = -1;
    feed->blocked = false;
}

bool feed_open(struct scribe *scribe, int fd)
{
    struct epoll_event event = { .events = 0, .data.ptr = &scribe->feed };
    close_channel(scribe);
    if (epoll_ctl(scribe->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        close(fd);
        return false;
    }
    scribe->feed.fd = fd;
    return true;
}

void feed_close(struct scribe *scribe)
{
    struct feed *feed = &scribe->feed;
    close_channel(scribe);
    free(feed->pending);
    feed->pending = NULL;
    feed->length = 0;
    feed->gaps = 0;
    memset(feed->lost, 0, sizeof feed->lost);
}

static bool is_on(const struct scribe *scribe)
{
    return scribe->feed.fd >= 0 || scribe->config->events_socket[0];
}

bool feed_wants(const struct scribe *scribe, enum event_id id)
{
    return is_on(scribe) && (scribe->config->events & EVENT_BIT(id)) != 0;
}

void feed_gap(struct scribe *scribe, enum gap_reason reason, uint64_t lost)
{
    struct feed *feed = &scribe->feed;
    if (!is_on(scribe))
        return;
    feed->gaps |= 1U << reason;
    feed->lost[reason] += lost;
    feed->lost_ever += lost;
}

static bool append(struct feed *feed, const char *line, size_t length)
{
    if (!feed->pending)
        feed->pending = malloc(FEED_ROOM);
    if (!feed->pending || length + 1 > FEED_ROOM - feed->length)
        return false;
    memcpy(feed->pending + feed->length, line, length);
    feed->pending[feed->length + length] = '\n';
    feed->length += length + 1;
    return true;
}

/* ---- to events ---- */

static void watch_room(struct scribe *scribe, bool blocked)
{
    struct feed *feed = &scribe->feed;
    struct epoll_event event = { .events = blocked ? EPOLLOUT : 0, .data.ptr = feed };
    if (blocked == feed->blocked)
        return;
    feed->blocked = blocked;
    (void)epoll_ctl(scribe->epoll, EPOLL_CTL_MOD, feed->fd, &event);
}

/* False: not now.  Where events has ended, the master sends another channel. */
static bool send_message(struct scribe *scribe, const void *message, size_t size)
{
    const int error = channel_send(scribe->feed.fd, message, size, MSG_DONTWAIT);
    const bool full = error == -EAGAIN || error == -ENOBUFS || error == -ENOMEM;
    if (error && !full)
        close_channel(scribe);
    else
        watch_room(scribe, full);
    return !error;
}

static bool send_gaps(struct scribe *scribe)
{
    struct feed *feed = &scribe->feed;
    for (uint32_t reason = 1; reason < GAP_REASONS; reason++) {
        const struct event_gap gap = { .head.type = EVENTS_GAP,
                                       .lost = feed->lost[reason],
                                       .reason = reason };
        if (!(feed->gaps & 1U << reason))
            continue;
        if (!send_message(scribe, &gap, sizeof gap))
            return false;
        feed->gaps &= ~(1U << reason);
        feed->lost[reason] = 0;
    }
    return true;
}

/* Whole lines, as many as one message takes. */
static size_t piece_length(const char *lines, size_t length)
{
    if (length < EVENT_LINES_ROOM)
        return length;
    const char *end = memrchr(lines, '\n', EVENT_LINES_ROOM - 1);
    return end ? (size_t)(end - lines) + 1 : 0; /* a line is shorter than a message */
}

static size_t send_piece(struct scribe *scribe, size_t from)
{
    static struct event_lines message = { .head.type = EVENTS_LINES };
    const struct feed *feed = &scribe->feed;
    const size_t n = piece_length(feed->pending + from, feed->length - from);
    memcpy(message.lines, feed->pending + from, n);
    message.lines[n] = '\0';
    return send_message(scribe, &message, offsetof(struct event_lines, lines) + n + 1) ? n : 0;
}

static void flush(struct scribe *scribe)
{
    struct feed *feed = &scribe->feed;
    size_t sent = 0, n = 1;
    if (feed->fd < 0 || (feed->length == 0 && !feed->gaps) || !send_gaps(scribe))
        return;
    while (n > 0 && sent < feed->length) {
        n = send_piece(scribe, sent);
        sent += n;
    }
    if (sent == 0)
        return;
    feed->sent_ms = scribe->now;
    memmove(feed->pending, feed->pending + sent, feed->length - sent);
    feed->length -= sent;
}

int64_t feed_due(const struct scribe *scribe)
{
    const struct feed *feed = &scribe->feed;
    if (feed->fd < 0 || feed->blocked || (feed->length == 0 && !feed->gaps))
        return INT64_MAX;
    return feed->length >= FEED_SOON ? 0 : feed->sent_ms + FEED_PAUSE_MS;
}

/* Where the channel was full, its event has begun this turn. */
void feed_tick(struct scribe *scribe)
{
    if (scribe->feed.blocked || scribe->now >= feed_due(scribe))
        flush(scribe);
}

void feed_add(struct scribe *scribe, struct cell_facts *cell, const struct event *event)
{
    static char line[EVENT_ROOM];
    struct event copy = *event;
    const char *home = cell && *cell->user ? cell->home : NULL;
    if (event->id == EVENT_LOGIN_FAILED)
        copy.name = event_word(EVENT_LOGIN_FAILED);
    if (home)
        event_add(&copy, FIELD_STRING, "home", home, 0);
    const size_t length = event_json(&copy, line, EVENT_LIMIT);
    if (append(&scribe->feed, line, length))
        return;
    flush(scribe);
    if (!append(&scribe->feed, line, length))
        feed_gap(scribe, GAP_OVERFLOW, 1);
}

void feed_finish(struct scribe *scribe)
{
    const int64_t until = now_ms() + FINISH_MS;
    flush(scribe);
    while (scribe->feed.fd >= 0 && scribe->feed.blocked && now_ms() < until) {
        struct pollfd room = { .fd = scribe->feed.fd, .events = POLLOUT };
        (void)poll(&room, 1, (int)(until - now_ms()));
        flush(scribe);
    }
}

bool feed_adopt(struct scribe *scribe, const char *bytes, size_t n)
{
    struct feed *feed = &scribe->feed;
    if (!feed->pending)
        feed->pending = malloc(FEED_ROOM);
    if (!feed->pending || n > FEED_ROOM - feed->length)
        return false;
    memcpy(feed->pending + feed->length, bytes, n);
    feed->length += n;
    return true;
}
