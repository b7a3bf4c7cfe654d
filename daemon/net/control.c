/* SPDX-License-Identifier: BSD-2-Clause */
/* control.c - runs in NET, without privilege; reads and writes the control
 * connection.  Every write has a deadline, in case the client reads nothing. */
#include "daemon/net/control.h"

#include "common/text.h"
#include "daemon/net/drain.h"
#include "daemon/net/end.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

enum { STUCK_MAX_MS = 60 * 1000, LINGER_MS = 1000 };

void control_read(struct session *s)
{
    size_t room;
    char *to = line_room(&s->in, &room);
    if (room == 0 || s->input_ended)
        return;
    const ssize_t n = stream_read(&s->control, to, room);
    if (n > 0) {
        line_filled(&s->in, (size_t)n);
    } else if (n != -EAGAIN) {
        control_end_input(s);
        if (n < 0)
            session_lose(s, LEFT_CLOSED);
    }
}

void control_end_input(struct session *s)
{
    s->input_ended = true;
}

enum line_state control_line(struct session *s)
{
    enum line_state state;
    do {
        state = line_next(&s->in);
        if (s->in.answered > 0) {
            control_write(s, s->in.answers, s->in.answered);
            s->in.answered = 0;
        }
    } while (state == LINE_NONE && line_has_more(&s->in) && s->left == 0);
    return state;
}

void control_send(struct session *s)
{
    while (s->out.start < s->out.end && s->control.fd >= 0) {
        const ssize_t n =
            stream_write(&s->control, s->out.bytes + s->out.start, s->out.end - s->out.start);
        if (n == -EAGAIN) {
            if (s->out.stuck_since_ms == 0)
                s->out.stuck_since_ms = now_ms();
            return;
        }
        s->out.stuck_since_ms = 0;
        if (n < 0) {
            s->out.start = s->out.end = 0;
            control_end_input(s);
            session_lose(s, LEFT_CLOSED);
            return;
        }
        s->out.start += (size_t)n;
    }
    s->out.start = s->out.end = 0;
}

uint32_t control_idle_s(const struct session *s)
{
    return s->idle_s != 0 ? s->idle_s : s->policy.idle_timeout;
}

/* A client that does not read is subject to the idle timeout, too. */
int64_t control_deadline(const struct session *s)
{
    const int64_t idle_ms = (int64_t)control_idle_s(s) * 1000;
    const int64_t stuck_ms = idle_ms < STUCK_MAX_MS ? idle_ms : STUCK_MAX_MS;
    return s->out.stuck_since_ms == 0 ? INT64_MAX : s->out.stuck_since_ms + stuck_ms;
}

void control_flush(struct session *s)
{
    for (;;) {
        control_send(s);
        if (s->out.start == s->out.end)
            return;
        const int64_t left_ms = control_deadline(s) - now_ms();
        struct pollfd fd = { .fd = s->control.fd, .events = stream_want(&s->control, POLLOUT) };
        if (left_ms <= 0 || (poll(&fd, 1, (int)left_ms) < 0 && errno != EINTR)) {
            s->out.start = s->out.end = 0;
            session_lose(s, LEFT_CLOSED);
            return;
        }
    }
}

void control_write(struct session *s, const char *bytes, size_t n)
{
    while (n > 0 && s->control.fd >= 0) {
        if (s->out.end == OUT_SIZE)
            control_flush(s);
        const size_t room = OUT_SIZE - s->out.end;
        const size_t part = n < room ? n : room;
        memcpy(s->out.bytes + s->out.end, bytes, part);
        s->out.end += part;
        bytes += part;
        n -= part;
    }
}

/* If the client's bytes are unread when a socket is closed, the kernel sends a reset, which may
 * overtake the last reply.  So read on for a moment, until the client closes.  Old data connections
 * are drained meanwhile. */
static void linger(struct session *s)
{
    const int64_t until_ms = now_ms() + LINGER_MS;
    if (stream_finish(&s->control) != 0)
        return;
    for (;;) {
        const int64_t left_ms = until_ms - now_ms();
        struct pollfd fds[1 + DRAINS_MAX] = { { .fd = s->control.fd,
                                                .events = stream_want(&s->control, POLLIN) } };
        drain_watch(s, fds + 1);
        if (left_ms <= 0 || poll(fds, 1 + DRAINS_MAX, (int)left_ms) <= 0)
            return;
        drain_turn(s, fds + 1);
        if (fds[0].revents == 0)
            continue;
        const ssize_t n = stream_read(&s->control, s->scratch, sizeof s->scratch);
        if (n <= 0 && n != -EAGAIN)
            return;
    }
}

void control_close(struct session *s)
{
    control_flush(s);
    if (!s->input_ended)
        linger(s);
    stream_close(&s->control);
}
