/* SPDX-License-Identifier: BSD-2-Clause */
/* from_master.c - runs in NET, without privilege; reads the master's
 * messages.  NET never writes to the master (invariant I1). */
#include "daemon/net/from_master.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/validate.h"
#include "daemon/ipc/log.h"
#include "daemon/net/channels.h"
#include "daemon/net/report.h"

#include <errno.h>
#include <sys/socket.h>

enum { PHASE_WAITING = 1, PHASE_SERVING = 2 };

static const struct border_row from_master[] = { TO_NET(BORDER_ROW) };

union message {
    struct message_head head;
    TO_NET(BORDER_MEMBER)
};

static void on_end(struct session *s, const struct to_net_end *message, int fd)
{
    channels_replace(s, message->role, fd);
}

static void on_client(struct session *s, const struct to_net_client *client, int fd)
{
    const char *wrong = validate_client(client);
    if (wrong)
        die("net: border violation: master to NET: %s", wrong);
    if (client->listener >= s->config->listener_count)
        die("net: the master names a listener that does not exist");
    s->client = *client;
    s->listener = &s->config->listeners[client->listener];
    stream_plain(&s->control, fd);
    report_trace_start(s, client->trace_seconds);
}

static void on_trace(struct session *s, const struct to_net_trace *trace)
{
    report_trace_start(s, trace->seconds);
}

static void on_stop(struct session *s, const struct to_net_stop *stop)
{
    const char *wrong = validate_stop(stop);
    if (wrong)
        die("net: border violation: master to NET: %s", wrong);
    if (s->stop != STOP_NOW) /* STOP_NOW stays */
        s->stop = stop->kind == STOP_NOW ? STOP_NOW : STOP_GENTLY;
    s->stop_reason = stop->reason;
}

#define HANDLE(name, number, shape, fds, phases, handler)                                          \
    case name:                                                                                     \
        on_##handler(s, &message.handler BORDER_FD_##fds(fd));                                     \
        break;

/* Reads one message.  Returns its type; 0: there is none, or the master is gone. */
static uint32_t read_message(struct session *s, unsigned phase, int flags)
{
    union message message;
    int fd = -1;
    const ssize_t n = channel_receive_fd(s->master, &message, sizeof message, &fd, flags);
    if (n == -EAGAIN || n == -EINTR)
        return 0;
    if (n <= 0) {
        channels_close(&s->master); /* the session goes on without a master (I13) */
        return 0;
    }
    const enum border_fault fault =
        border_check(from_master, COUNT(from_master), &message, (size_t)n, phase, fd >= 0);
    if (fault != BORDER_FINE)
        die("net: border violation: master to NET: %s", border_fault_text(fault));
    switch (message.head.type) {
        TO_NET(HANDLE)
    }
    return message.head.type;
}

bool wait_for_client(struct session *s)
{
    while (s->master >= 0) {
        const uint32_t type = read_message(s, PHASE_WAITING, 0);
        if (type == TO_NET_CLIENT || type == TO_NET_STOP)
            return type == TO_NET_CLIENT;
    }
    return false;
}

void read_master(struct session *s)
{
    (void)read_message(s, PHASE_SERVING, MSG_DONTWAIT);
}
