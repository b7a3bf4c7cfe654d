/* SPDX-License-Identifier: BSD-2-Clause */
/* data.c - runs in NET, without privilege; accepts, uses and closes data
 * connections.  The dialer creates the sockets, because NET can't. */
#include "daemon/net/data.h"

#include "common/text.h"
#include "daemon/protocol/net_dialer.h"
#include "daemon/net/ask.h"
#include "daemon/net/drain.h"
#include "daemon/net/listener.h"
#include "daemon/net/pace.h"
#include "daemon/net/passive.h"
#include "daemon/net/progress.h"
#include "daemon/net/secure.h"
#include "daemon/net/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    KEPT_MS = 1000, /* an idle session gives its port back */
    /* then a new port: ports stay random, and the client's TIME_WAITs spread over several */
    KEPT_USES = 64,
    CLOSE_MS = 500,          /* to wait for the client to close its end */
    SURELY_READ = 64 * 1024, /* any client has received this many bytes by then */
};

static void drop_listener(struct session *s)
{
    if (s->data.listener >= 0)
        (void)close(s->data.listener);
    s->data.listener = -1;
}

/* Connections made before this PASV or EPSV belong to no transfer, and are dropped. */
static bool take_kept(struct session *s)
{
    int fd = -EAGAIN;
    if (s->data.kind != DATA_NONE || s->data.listener < 0)
        return false;
    /* pipelined: wait.c has not looked at it since */
    if (s->data.kept_at_poll == s->listener_polls) {
        while ((fd = listener_accept(s, s->data.listener)) >= 0)
            drain_connection(s, fd, s->protect_data);
    }
    if (fd != -EAGAIN)
        return false;
    s->data.kind = DATA_PASSIVE;
    return true;
}

int data_listen(struct session *s)
{
    if (take_kept(s))
        return 0;
    data_close(s);
    struct data_port port = { 0 };
    const int fd = passive_get(s, &port);
    if (fd < 0)
        return fd;
    s->data.listener = fd;
    s->data.port = port.number;
    s->data.may_keep = port.may_keep;
    s->data.uses = 0;
    s->data.kind = DATA_PASSIVE;
    return 0;
}

void data_connect_to(struct session *s, uint16_t port)
{
    data_close(s);
    s->data.kind = DATA_ACTIVE;
    s->data.port = port;
}

static int64_t open_deadline(const struct session *s)
{
    uint32_t seconds = s->config->connect_timeout;
    /* law D3 */
    if (s->policy.data_timeout < seconds)
        seconds = s->policy.data_timeout;
    return now_ms() + (int64_t)seconds * 1000;
}

/* 0; -EAGAIN: the client has not connected yet; -errno. */
static int take_connection(struct session *s)
{
    const int fd = listener_accept(s, s->data.listener);
    if (fd < 0)
        return fd;
    stream_plain(&s->data.stream, fd);
    s->data.uses++;
    if (!s->data.may_keep || s->data.uses >= KEPT_USES)
        drop_listener(s);
    return 0;
}

bool data_open_now(struct session *s)
{
    return s->data.kind == DATA_PASSIVE && !s->protect_data && take_connection(s) == 0;
}

static enum outcome open_passive(struct session *s)
{
    const int64_t deadline_ms = open_deadline(s);
    for (;;) {
        /* first without poll: most clients have connected by now */
        const int taken = take_connection(s);
        if (taken == 0)
            return OUTCOME_DONE;
        if (taken != -EAGAIN)
            return OUTCOME_NO_CONNECTION;
        const enum waited waited =
            session_wait(s, s->data.listener, POLLIN, deadline_ms, UNTIL_CUT);
        if (waited != WAITED_READY)
            return waited == WAITED_CUT ? OUTCOME_CUT : OUTCOME_NO_CONNECTION;
    }
}

/* If connect() has failed, poll reports POLLERR or POLLHUP. */
static enum outcome open_active(struct session *s)
{
    const int64_t deadline_ms = open_deadline(s);
    struct data_port port = { .number = s->data.port };
    const int fd = ask_dialer(s, DIAL_CONNECT, &port);
    if (fd < 0)
        return OUTCOME_NO_CONNECTION;
    stream_plain(&s->data.stream, fd);
    const enum waited waited = session_wait(s, fd, POLLOUT, deadline_ms, UNTIL_CUT);
    if (waited != WAITED_READY)
        return waited == WAITED_CUT ? OUTCOME_CUT : OUTCOME_NO_CONNECTION;
    struct pollfd state = { .fd = fd, .events = POLLOUT };
    if (poll(&state, 1, 0) != 1 || state.revents & (POLLERR | POLLHUP))
        return OUTCOME_NO_CONNECTION;
    return OUTCOME_DONE;
}

enum outcome data_open(struct session *s)
{
    const enum outcome outcome = s->data.kind == DATA_PASSIVE ? open_passive(s) : open_active(s);
    return outcome == OUTCOME_DONE ? secure_data(s) : outcome;
}

enum outcome data_wait(struct session *s, short events)
{
    const int64_t deadline_ms = now_ms() + (int64_t)s->policy.data_timeout * 1000;
    switch (session_wait(s, s->data.stream.fd, stream_want(&s->data.stream, events), deadline_ms,
                         UNTIL_CUT)) {
    case WAITED_READY:
        return OUTCOME_DONE;
    case WAITED_TIME:
        return OUTCOME_STALLED;
    case WAITED_CUT:
        break;
    }
    return OUTCOME_CUT;
}

enum outcome data_send(struct session *s, const char *bytes, size_t n)
{
    while (n > 0) {
        const size_t piece = pace_piece(s, n);
        const ssize_t sent = stream_write(&s->data.stream, bytes, piece);
        enum outcome outcome = OUTCOME_DONE;
        if (sent == -EAGAIN) {
            outcome = data_wait(s, POLLOUT);
        } else if (sent < 0) {
            return OUTCOME_BROKEN;
        } else {
            bytes += sent;
            n -= (size_t)sent;
            progress_moved(s, (size_t)sent);
            outcome = pace(s, (size_t)sent);
        }
        if (outcome != OUTCOME_DONE)
            return outcome;
    }
    return OUTCOME_DONE;
}

/* Returns what stream_read() does. */
static ssize_t splice_to(const struct session *s, int pipe, size_t room)
{
    ssize_t got;
    do {
        got = splice(s->data.stream.fd, NULL, pipe, NULL, room, SPLICE_F_NONBLOCK);
    } while (got < 0 && errno == EINTR);
    return got < 0 ? -errno : got;
}

/* Receives into memory, or, if `to` is NULL, into the pipe. */
static enum outcome receive(struct session *s, char *to, int pipe, size_t room, size_t *n)
{
    for (;;) {
        const size_t piece = pace_piece(s, room);
        const ssize_t got =
            to ? stream_read(&s->data.stream, to, piece) : splice_to(s, pipe, piece);
        if (got >= 0) {
            *n = (size_t)got;
            progress_moved(s, (size_t)got);
            return pace(s, (size_t)got);
        }
        if (got != -EAGAIN)
            return OUTCOME_BROKEN;
        const enum outcome outcome = data_wait(s, POLLIN);
        if (outcome != OUTCOME_DONE)
            return outcome;
    }
}

enum outcome data_receive(struct session *s, char *to, size_t room, size_t *n)
{
    return receive(s, to, -1, room, n);
}

enum outcome data_splice(struct session *s, int pipe, size_t room, size_t *n)
{
    return receive(s, NULL, pipe, room, n);
}

enum outcome data_finish(struct session *s)
{
    enum outcome outcome = OUTCOME_DONE;
    if (s->data.stream.kind->raw) /* close(2) sends the FIN */
        return OUTCOME_DONE;
    while (outcome == OUTCOME_DONE && stream_finish(&s->data.stream) == -EAGAIN)
        outcome = data_wait(s, POLLOUT);
    return outcome;
}

void data_await_close(struct session *s)
{
    if (s->data.closes_late)
        return;
    if (s->data.stream.kind->raw)
        (void)stream_finish(&s->data.stream);
    const enum waited waited =
        session_wait(s, s->data.stream.fd, POLLRDHUP, now_ms() + CLOSE_MS, UNTIL_CUT);
    s->data.closes_late = waited == WAITED_TIME && s->transfer.bytes <= SURELY_READ;
}

void data_close_connection(struct session *s)
{
    if (!s->data.stream.kind->raw) /* of a plain one, close(2) sends the FIN */
        (void)stream_finish(&s->data.stream);
    stream_close(&s->data.stream);
    s->data.kind = DATA_NONE;
    s->data.kept_until_ms = now_ms() + KEPT_MS;
    s->data.kept_at_poll = s->listener_polls;
}

int64_t data_kept_until(const struct session *s)
{
    return s->data.kind == DATA_NONE && s->data.listener >= 0 ? s->data.kept_until_ms : INT64_MAX;
}

/* An active connection may still be connecting, so its FIN is sent later. */
static void drain_stream(struct session *s)
{
    const bool plain = s->data.stream.kind->raw;
    if (s->data.stream.fd < 0)
        return;
    if (!plain)
        (void)stream_finish(&s->data.stream);
    drain_connection(s, stream_release(&s->data.stream),
                     plain && (s->protect_data || s->data.kind == DATA_ACTIVE));
}

/* A client that has connected already, or is about to, gets a FIN; closing the listener at once
 * would reset its connection (law D2). */
void data_close(struct session *s)
{
    drain_stream(s);
    if (s->data.listener >= 0)
        drain_listener(s, s->data.listener);
    s->data.listener = -1;
    s->data.kind = DATA_NONE;
}
