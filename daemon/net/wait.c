/* SPDX-License-Identifier: BSD-2-Clause */
/* wait.c - runs in NET, without privilege: polls the client, JAIL, the master
 * and the descriptor that is waited for. */
#include "daemon/net/wait.h"

#include "common/text.h"
#include "daemon/ipc/log.h"
#include "daemon/net/activity.h"
#include "daemon/net/control.h"
#include "daemon/net/drain.h"
#include "daemon/net/end.h"
#include "daemon/net/from_master.h"
#include "daemon/net/urgent.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>

enum {
    AT_TARGET,
    AT_CONTROL,
    AT_MASTER,
    AT_JAIL,
    AT_LISTENER,
    AT_DRAINS,
    PLACES = AT_DRAINS + DRAINS_MAX
};

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int poll_timeout(const struct session *s, int64_t deadline_ms)
{
    const int64_t own = sooner(activity_due(s), drain_due(s));
    const int64_t earliest = sooner(sooner(deadline_ms, control_deadline(s)), own);
    if (earliest == INT64_MAX)
        return -1;
    const int64_t left = earliest - now_ms();
    if (left <= 0)
        return 0;
    return left > INT_MAX ? INT_MAX : (int)left;
}

/* During a transfer, lines are read as long as there is room, although most of them run later: an
 * ABOR may follow them. */
static short control_events(const struct session *s)
{
    short events = 0;
    if (s->transfer.busy == BUSY_NOT || line_has_room(&s->in))
        events |= POLLIN;
    if (s->out.start < s->out.end)
        events |= POLLOUT;
    return stream_want(&s->control, events);
}

/* The client's bytes are read only when the session is idle or a transfer runs. */
static void watch(struct session *s, struct pollfd fds[PLACES], bool listen)
{
    const bool answering = fds[AT_TARGET].fd == s->jail;
    fds[AT_CONTROL] =
        (struct pollfd){ .fd = s->input_ended ? -1 : s->control.fd, .events = control_events(s) };
    if (!listen)
        fds[AT_CONTROL].events &= (short)~POLLIN;
    fds[AT_MASTER] = (struct pollfd){ .fd = s->master, .events = POLLIN };
    fds[AT_JAIL] = (struct pollfd){ .fd = listen && !answering ? s->jail : -1, .events = 0 };
    fds[AT_LISTENER] = (struct pollfd){ .fd = -1 };
    drain_watch(s, fds + AT_DRAINS);
}

/* What connects to a listener that is kept for the next transfer belongs to none. */
static void watch_kept_listener(struct session *s, struct pollfd *fd)
{
    if (s->data.kind != DATA_NONE || s->data.listener < 0)
        return;
    *fd = (struct pollfd){ .fd = s->data.listener, .events = POLLIN };
    s->listener_polls++;
}

/* A read may need the socket to take bytes first (TLS answers a key update). */
static void handle_events(struct session *s, const struct pollfd fds[PLACES])
{
    const short readable = (short)(stream_want(&s->control, POLLIN) | POLLHUP | POLLERR);
    if (fds[AT_MASTER].revents)
        read_master(s);
    if (fds[AT_JAIL].revents)
        session_lose(s, LEFT_ERROR);
    if (fds[AT_CONTROL].revents & POLLOUT)
        control_send(s);
    if (fds[AT_CONTROL].revents & readable)
        control_read(s);
    /* both directions are closed: poll would report it for ever */
    if (fds[AT_CONTROL].revents & (POLLHUP | POLLERR))
        control_end_input(s);
}

static void poll_once(struct session *s, struct pollfd fds[PLACES], int timeout)
{
    const bool buffered = fds[AT_CONTROL].events & POLLIN && stream_pending(&s->control);
    int n = poll(fds, AT_DRAINS + s->drains.count, buffered ? 0 : timeout);
    if (buffered && n >= 0) { /* TLS holds bytes that poll does not know of */
        fds[AT_CONTROL].revents |= POLLIN;
        n++;
    }
    if (n < 0 && errno != EINTR)
        die("net: poll: %s", strerror(errno));
    if (n > 0)
        handle_events(s, fds);
    else if (n < 0)
        fds[AT_TARGET].revents = 0;
    const int64_t now = now_ms();
    if (control_deadline(s) <= now)
        session_lose(s, LEFT_CLOSED);
    activity_report(s, now);
    drain_turn(s, fds + AT_DRAINS);
}

enum waited session_wait(struct session *s, int fd, short events, int64_t deadline_ms,
                         enum patience patience)
{
    for (;;) {
        const bool listen = s->transfer.busy != BUSY_NOT;
        struct pollfd fds[PLACES] = { [AT_TARGET] = { .fd = fd, .events = events } };
        if (listen)
            urgent_commands(s);
        control_send(s);
        if (patience == UNTIL_CUT && session_cut(s))
            return WAITED_CUT;
        watch(s, fds, listen);
        poll_once(s, fds, poll_timeout(s, deadline_ms));
        if (fds[AT_TARGET].revents)
            return WAITED_READY;
        if (deadline_ms != INT64_MAX && now_ms() >= deadline_ms)
            return WAITED_TIME;
    }
}

void session_glance(struct session *s)
{
    struct pollfd fds[PLACES] = { [AT_TARGET] = { .fd = -1 } };
    watch(s, fds, true);
    fds[AT_JAIL].fd = -1; /* an answer may be on its way */
    poll_once(s, fds, 0);
    urgent_commands(s);
    control_send(s);
}

enum waited session_wait_client(struct session *s, int64_t deadline_ms)
{
    struct pollfd fds[PLACES] = { [AT_TARGET] = { .fd = -1 } };
    watch(s, fds, true);
    watch_kept_listener(s, &fds[AT_LISTENER]);
    fds[AT_JAIL].events = POLLIN; /* it only answers, so an event now means that it is gone */
    poll_once(s, fds, poll_timeout(s, deadline_ms));
    if (fds[AT_LISTENER].revents)
        drain_early(s, s->data.listener);
    if (fds[AT_CONTROL].revents || s->left != 0 || s->stop != 0)
        return WAITED_READY;
    return deadline_ms != INT64_MAX && now_ms() >= deadline_ms ? WAITED_TIME : WAITED_READY;
}
