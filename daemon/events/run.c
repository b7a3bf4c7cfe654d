/* SPDX-License-Identifier: BSD-2-Clause */
/* run.c - events: own uid, no capability, empty root.  It holds events_socket,
 * which the master has bound, and the last events, which the scribe sends: so a
 * reader that is slow, or away, delays neither a log nor a session.  Reads the
 * scribe's lines, which it does not look into, and one line of each reader.
 * It ends when both the master and the scribe have ended. */
#include "daemon/events/events.h"

#include "common/text.h"
#include "daemon/events/state.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/ipc/master_channel.h"
#include "daemon/protocol/from_master.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 32, LINK_TURN = 16, END_MS = 1500 };

static const struct border_row from_master[] = { MASTER_TO_EVENTS(BORDER_ROW) };
static const struct border_row from_scribe[] = { TO_EVENTS(BORDER_ROW) };

union scribe_message {
    struct message_head head;
    TO_EVENTS(BORDER_MEMBER)
};

bool events_watch(const struct events *events, int fd, uint32_t whom, uint32_t what)
{
    struct epoll_event event = { .events = what, .data.u32 = whom };
    return epoll_ctl(events->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* Closing alone does not remove it from the set while the master has a copy. */
static void unwatch(const struct events *events, int *fd)
{
    if (*fd < 0)
        return;
    (void)epoll_ctl(events->epoll, EPOLL_CTL_DEL, *fd, NULL);
    close(*fd);
    *fd = -1;
}

/* ---- the master ---- */

static void on_config(struct events *events, const struct message_head *head, int fd)
{
    (void)head;
    if (!config_replace(&events->config, fd)) {
        log_note(LOG_LEVEL_ERROR, "the new configuration can't be read; the old one stays");
        return;
    }
    log_open(FD_SCRIBE, (enum log_level)events->config->log_level);
    if (!ring_resize(&events->ring, events->config->events_kept))
        log_note(LOG_LEVEL_ERROR, "no memory for %u events; %zu are kept",
                 events->config->events_kept, events->ring.most);
}

static void on_file(struct events *events, const struct fm_file_message *message, int fd)
{
    unwatch(events, &events->listener);
    if (message->which != FM_FILE_EVENTS || !events_watch(events, fd, LISTENER, EPOLLIN))
        close(fd);
    else
        events->listener = fd;
}

static void on_scribe(struct events *events, const struct message_head *head, int fd)
{
    (void)head;
    if (dup3(fd, FD_SCRIBE, O_CLOEXEC) < 0)
        log_note(LOG_LEVEL_ERROR, "the new scribe's channel is lost: %s", strerror(errno));
    close(fd);
    log_open(FD_SCRIBE, (enum log_level)events->config->log_level);
}

/* Of a new scribe: what the one before had not sent is lost. */
static void on_link(struct events *events, const struct message_head *head, int fd)
{
    (void)head;
    unwatch(events, &events->link);
    if (!events_watch(events, fd, LINK, EPOLLIN)) {
        log_note(LOG_LEVEL_ERROR, "cannot watch the scribe's channel: %s", strerror(errno));
        close(fd);
        return;
    }
    events->link = fd;
    if (events->linked)
        record_gap(events, GAP_SCRIBE, 0);
    events->linked = true;
}

/* Each message is handled before the next one is read, so nothing is under way. */
static void on_finish(const struct events *events, const struct message_head *head)
{
    const struct message_head answer = { .type = TM_FINISHED };
    (void)events;
    (void)head;
    /* where it is lost, the master waits no longer than its time limit */
    (void)channel_send(FD_MASTER, &answer, sizeof answer, MSG_DONTWAIT);
}

static void on_leave(const struct events *events, const struct message_head *head)
{
    (void)head;
    events_hand_over(events);
}

static void on_predecessor(struct events *events, const struct message_head *head, int fd)
{
    (void)head;
    events_take_over(events, fd);
}

#define HANDLE(name, number, shape, fds, phases, handler)                                          \
    case name:                                                                                     \
        on_##handler(events, (const BORDER_STRUCT_##shape *)message MASTER_FDS_##fds(came));       \
        break;

static void handle(void *context, const struct message_head *message,
                   const int came[MASTER_FDS_MAX])
{
    struct events *events = context;
    switch (message->type) {
        MASTER_TO_EVENTS(HANDLE)
    }
}

/* Without the master no reader can connect.  Sessions may go on: a reader stays for them, and should
 * connect to the next daemon as well. */
static void master_is_gone(struct events *events)
{
    events->master_gone = true;
    (void)epoll_ctl(events->epoll, EPOLL_CTL_DEL, FD_MASTER, NULL);
    unwatch(events, &events->listener);
    log_open(-1, LOG_LEVEL_ERROR);
    close(FD_SCRIBE); /* the scribe ends with the last channel to it, and we after the scribe */
    if (events->link >= 0)
        record_retired(events);
}

static void serve_master(struct events *events)
{
    static const struct master_border border = {
        .process = "events", .rows = from_master, .row_count = COUNT(from_master), .handle = handle
    };
    if (!events->master_gone && !master_channel_read(&border, MASTER_READ_ONE, events))
        master_is_gone(events);
}

/* ---- the scribe ---- */

static void on_lines(struct events *events, const struct event_lines *message)
{
    record_lines(events, message->lines);
}

static void on_gap(struct events *events, const struct event_gap *message)
{
    record_gap(events, (enum gap_reason)message->reason, message->lost);
}

#define DISPATCH(name, number, shape, fds, phases, handler)                                        \
    case name:                                                                                     \
        on_##handler(events, &message->handler);                                                   \
        break;

static void take(struct events *events, const union scribe_message *message)
{
    switch (message->head.type) {
        TO_EVENTS(DISPATCH)
    }
}

static bool is_valid(const union scribe_message *message, ssize_t n)
{
    if (border_check(from_scribe, COUNT(from_scribe), message, (size_t)n, ALWAYS, 0) != BORDER_FINE)
        return false;
    return message->head.type != EVENTS_GAP ||
           (message->gap.reason > 0 && message->gap.reason < GAP_REASONS);
}

/* False: nothing more has come. */
static bool serve_link_once(struct events *events)
{
    static union scribe_message message;
    const ssize_t n = channel_receive(events->link, &message, sizeof message, MSG_DONTWAIT);
    if (n == -EAGAIN || n == -EINTR)
        return false;
    if (n > 0 && is_valid(&message, n)) {
        take(events, &message);
        return true;
    }
    if (n > 0)
        die("events: border violation: the scribe's message");
    unwatch(events, &events->link); /* the next scribe's comes from the master */
    return false;
}

static void serve_link(struct events *events)
{
    for (int i = 0; i < LINK_TURN && events->link >= 0; i++) {
        if (!serve_link_once(events))
            return;
    }
}

/* ---- the loop ---- */

/* Readers get a moment for what is left. */
static bool is_over(struct events *events)
{
    if (!events->master_gone || events->link >= 0)
        return false;
    const int64_t now = now_ms();
    if (events->ends_ms == 0)
        events->ends_ms = now + END_MS;
    return now >= events->ends_ms || readers_are_served(events);
}

static int wait_ms(struct events *events)
{
    const int due = readers_tick(events, now_ms());
    if (events->ends_ms == 0)
        return due;
    const int64_t left = events->ends_ms - now_ms();
    return left > 0 ? (int)left : 0;
}

static void turn(struct events *events)
{
    struct epoll_event happened[EVENTS];
    const int n = epoll_wait(events->epoll, happened, EVENTS, wait_ms(events));
    if (n < 0 && errno != EINTR)
        die("events: epoll_wait: %s", strerror(errno));
    for (int i = 0; i < n; i++) {
        const uint32_t whom = happened[i].data.u32;
        if (whom == MASTER)
            serve_master(events);
        else if (whom == LINK)
            serve_link(events);
        else if (whom == LISTENER && events->listener >= 0)
            readers_accept(events);
        else if (whom >= FIRST_READER)
            reader_serve(events, &events->readers[whom - FIRST_READER], happened[i].events);
    }
    readers_wake(events);
}

static void name_run(struct events *events)
{
    uint64_t random;
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        die("events: no random numbers: %s", strerror(errno));
    (void)text_format(events->run, sizeof events->run, "%016llx", (unsigned long long)random);
}

_Noreturn void events_run(struct config *config)
{
    static struct events events = { .listener = -1, .link = -1 };
    events.config = config;
    readers_init(&events);
    name_run(&events);
    if (!ring_init(&events.ring, config->events_kept))
        die("events: no memory for %u events", config->events_kept);
    events.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (events.epoll < 0 || !events_watch(&events, FD_MASTER, MASTER, EPOLLIN))
        die("events: epoll: %s", strerror(errno));
    while (!is_over(&events))
        turn(&events);
    _exit(0);
}
