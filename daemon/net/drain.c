/* SPDX-License-Identifier: BSD-2-Clause */
/* drain.c - runs in NET, without privilege; reads and drops what a client
 * sends over data connections that no transfer needs. */
#include "daemon/net/drain.h"

#include "common/text.h"
#include "daemon/net/listener.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    DRAIN_MS = 2000,
    LISTEN_MS = 1000, /* a lost SYN is sent again after a second */
    LATER_MS = 250,
    DROP_SIZE = 16 * 1024, /* one read */
    EARLY_MAX = 4,         /* more than a listener's backlog holds */
};

/* Reads and drops what has come.  False: the connection has ended. */
static bool drop_bytes(const struct drain *drain)
{
    char bytes[DROP_SIZE];
    const ssize_t n = read(drain->fd, bytes, sizeof bytes);
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* Sends a FIN, or gives up an active connection that is still connecting. */
static void send_end(struct drain *drain)
{
    if (drain->end_ms != INT64_MAX)
        (void)shutdown(drain->fd, SHUT_WR);
    drain->end_ms = INT64_MAX;
}

/* Without waiting: sends a FIN and reads what has come. */
static void finish_connection(struct drain *drain)
{
    send_end(drain);
    (void)drop_bytes(drain);
    (void)close(drain->fd);
}

static void finish_listener(const struct session *s, const struct drain *drain)
{
    for (int i = 0; i < EARLY_MAX; i++) {
        struct drain early = { .fd = listener_accept(s, drain->fd) };
        if (early.fd < 0)
            break;
        finish_connection(&early);
    }
    (void)close(drain->fd);
}

static void finish(struct session *s, size_t at)
{
    struct drains *drains = &s->drains;
    struct drain drain = drains->of[at];
    drains->count--;
    memmove(&drains->of[at], &drains->of[at + 1], (drains->count - at) * sizeof drain);
    if (drain.listens)
        finish_listener(s, &drain);
    else
        finish_connection(&drain);
}

static struct drain *add(struct session *s, int fd, int64_t close_ms)
{
    struct drains *drains = &s->drains;
    /* the oldest */
    if (drains->count == DRAINS_MAX)
        finish(s, 0);
    struct drain *drain = &drains->of[drains->count++];
    *drain = (struct drain){ .fd = fd, .end_ms = INT64_MAX, .close_ms = close_ms };
    return drain;
}

void drain_connection(struct session *s, int fd, bool later)
{
    const int64_t now = now_ms();
    struct drain *drain = add(s, fd, now + DRAIN_MS);
    drain->end_ms = now + LATER_MS;
    if (!later)
        send_end(drain);
}

void drain_listener(struct session *s, int fd)
{
    add(s, fd, now_ms() + LISTEN_MS)->listens = true;
}

void drain_early(struct session *s, int listener)
{
    int fd;
    while ((fd = listener_accept(s, listener)) >= 0)
        drain_connection(s, fd, s->protect_data);
}

void drain_keep_listeners(struct session *s, size_t most)
{
    size_t listeners = 0;
    for (size_t i = 0; i < s->drains.count; i++)
        listeners += s->drains.of[i].listens;
    for (size_t i = 0; listeners > most;) {
        if (!s->drains.of[i].listens) {
            i++;
            continue;
        }
        finish(s, i);
        listeners--;
    }
}

void drain_watch(const struct session *s, struct pollfd fds[DRAINS_MAX])
{
    for (size_t i = 0; i < DRAINS_MAX; i++)
        fds[i] = (struct pollfd){ .fd = i < s->drains.count ? s->drains.of[i].fd : -1,
                                  .events = POLLIN };
}

/* A client that connects late is drained as well.  The listener's own deadline stays, however
 * often the client connects. */
static void take_late(struct session *s, size_t at)
{
    const int fd = listener_accept(s, s->drains.of[at].fd);
    if (fd >= 0)
        drain_connection(s, fd, s->protect_data);
    else if (fd != -EAGAIN)
        finish(s, at);
}

static bool has_event(const struct pollfd *fd, const struct drain *drain)
{
    return fd->fd == drain->fd && fd->revents != 0;
}

/* Changes the list at most once a turn, because fds has the same order. */
static void drain_events(struct session *s, const struct pollfd fds[DRAINS_MAX])
{
    for (size_t i = 0; i < s->drains.count; i++) {
        const struct drain *drain = &s->drains.of[i];
        if (!has_event(&fds[i], drain))
            continue;
        if (drain->listens) {
            take_late(s, i);
            return;
        }
        if (!drop_bytes(drain)) {
            finish(s, i);
            return;
        }
    }
}

void drain_turn(struct session *s, const struct pollfd fds[DRAINS_MAX])
{
    if (s->drains.count == 0)
        return;
    drain_events(s, fds);
    const int64_t now = now_ms();
    for (size_t i = s->drains.count; i-- > 0;) {
        if (now >= s->drains.of[i].close_ms)
            finish(s, i);
        else if (now >= s->drains.of[i].end_ms)
            send_end(&s->drains.of[i]);
    }
}

int64_t drain_due(const struct session *s)
{
    int64_t due = INT64_MAX;
    for (size_t i = 0; i < s->drains.count; i++) {
        const struct drain *drain = &s->drains.of[i];
        const int64_t next = drain->end_ms < drain->close_ms ? drain->end_ms : drain->close_ms;
        due = next < due ? next : due;
    }
    return due;
}

void drain_send_ends(struct session *s)
{
    for (size_t i = 0; i < s->drains.count; i++) {
        if (!s->drains.of[i].listens)
            send_end(&s->drains.of[i]);
    }
}

void drain_end(struct session *s)
{
    while (s->drains.count > 0)
        finish(s, 0);
}
