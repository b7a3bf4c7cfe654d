/* SPDX-License-Identifier: BSD-2-Clause */
/* run.c - the scribe: own uid, no capability, empty root; holds the logs.
 * Reads records from every process, including hostile NETs, and attributes each
 * to the session that its channel belongs to (invariant I9).
 *
 * One turn of the loop reads all the master's messages, then a bounded number
 * of records from each ready channel, so that no flood delays the others. */
#include "daemon/scribe/scribe.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/validate.h"
#include "daemon/ipc/log.h"
#include "daemon/ipc/master_channel.h"
#include "daemon/sandbox/filter.h"
#include "daemon/scribe/chain.h"
#include "daemon/scribe/hand.h"
#include "daemon/scribe/state.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 64, CELL_TURN = 16, SHARED_TURN = 256, CONNECTS_MS = 250 };
static const struct border_row from_master[] = { MASTER_TO_SCRIBE(BORDER_ROW) };

/* Of an auth that is replaced, log-ins may be unread that records of sessions refer to. */
static void on_cell(struct scribe *scribe, const struct fm_cell *message, int fd)
{
    if (message->end == FM_END_SHARED + SHARED_AUTH)
        scribe_read_auth(scribe);
    if (!channel_add(scribe, message, fd))
        emit_own(scribe, LOG_LEVEL_ERROR, "no room for a process that logs");
}

static void on_halves(struct scribe *scribe, const struct fm_halves *message, const int ends[2])
{
    const struct fm_cell net = { .cell = message->cell,
                                 .end = FM_END_NET,
                                 .pid = message->net_pid };
    const struct fm_cell jail = { .cell = message->cell,
                                  .end = FM_END_JAIL,
                                  .pid = message->jail_pid };
    on_cell(scribe, &net, ends[0]);
    on_cell(scribe, &jail, ends[1]);
}

static void on_address(struct scribe *scribe, const struct fm_address *message)
{
    const char *wrong = validate_address(message);
    if (wrong)
        die("scribe: border violation: the master's message: %s", wrong);
    struct cell_facts *cell = known_cell(scribe, message->cell);
    if (!cell)
        return;
    cell->session = message->session;
    cell->listener = message->listener;
    cell->peer = message->peer;
    cell->since_ms = message->accepted_ms;
    scribe->totals.sessions++;
}

static void on_user(struct scribe *scribe, const struct fm_user *message)
{
    struct cell_facts *cell = known_cell(scribe, message->cell);
    if (!cell || !text_ends(message->name, sizeof message->name))
        return;
    (void)text_copy(cell->user, sizeof cell->user, message->name);
    free(cell->home);
    cell->home = *message->home ? strdup(message->home) : NULL;
    /* by the previous scribe */
    if (!cell->greeted)
        cell->connect_logged = true;
}

static void on_gone(struct scribe *scribe, const struct fm_gone *message)
{
    struct cell_facts *cell = known_cell(scribe, message->cell);
    if (!cell)
        return;
    cell->gone = true;
    scribe->to_sweep = true;
}

static void on_counts(struct scribe *scribe, const struct counts *before)
{
    counters_resume(&scribe->counters, before);
}

static void on_config(struct scribe *scribe, const struct message_head *head, int fd)
{
    (void)head;
    if (!config_replace(&scribe->config, fd)) {
        emit_own(scribe, LOG_LEVEL_ERROR, "the new configuration can't be read; the old one stays");
        return;
    }
    if (strcmp(scribe->config->log, "none") == 0)
        sink_open(&scribe->log, SINK_CLOSED, false);
    if (!*scribe->config->xferlog)
        sink_open(&scribe->xferlog, SINK_CLOSED, false);
    if (!*scribe->config->events_socket)
        feed_close(scribe);
}

static void on_events(struct scribe *scribe, const struct message_head *head, int fd)
{
    (void)head;
    if (!feed_open(scribe, fd))
        emit_own(scribe, LOG_LEVEL_ERROR, "cannot watch the channel to events");
}

static void on_file(struct scribe *scribe, const struct fm_file_message *message, int fd)
{
    switch (message->which) {
    case FM_FILE_HEADS:
        sink_open(&scribe->heads, fd, true);
        break;
    case FM_FILE_LOG:
    case FM_FILE_SYSLOG:
        chain_send_head(scribe);
        sink_open(&scribe->log, fd, message->which == FM_FILE_SYSLOG);
        break;
    case FM_FILE_XFERLOG:
        sink_open(&scribe->xferlog, fd, false);
        break;
    default:
        close(fd);
        break;
    }
}

/* Each record is written before the next one is read, so nothing is under way. */
static void on_finish(const struct scribe *scribe, const struct message_head *head)
{
    const struct message_head answer = { .type = TM_FINISHED };
    (void)scribe;
    (void)head;
    /* where it is lost, the master waits no longer than its time limit */
    (void)channel_send(FD_MASTER, &answer, sizeof answer, MSG_DONTWAIT);
}

static void on_leave(struct scribe *scribe, const struct message_head *head)
{
    (void)head;
    scribe_hand_over(scribe);
}

static void on_predecessor(struct scribe *scribe, const struct message_head *head, int fd)
{
    (void)head;
    scribe_take_over(scribe, fd);
}

#define DISPATCH(name, number, shape, fds, phases, handler)                                        \
    case name:                                                                                     \
        on_##handler(scribe, (const BORDER_STRUCT_##shape *)message MASTER_FDS_##fds(came));       \
        break;

static void handle(void *context, const struct message_head *message,
                   const int came[MASTER_FDS_MAX])
{
    struct scribe *scribe = context;
    switch (message->type) {
        MASTER_TO_SCRIBE(DISPATCH)
    }
}

static const struct master_border border = {
    .process = "scribe", .rows = from_master, .row_count = COUNT(from_master), .handle = handle
};

static void master_is_gone(struct scribe *scribe)
{
    scribe->master_gone = true;
    scribe->to_sweep = true;
    (void)epoll_ctl(scribe->epoll, EPOLL_CTL_DEL, FD_MASTER, NULL);
}

static void read_master(struct scribe *scribe, enum master_reading reading)
{
    if (!scribe->master_gone && !master_channel_read(&border, reading, scribe))
        master_is_gone(scribe);
}

void scribe_read_master(struct scribe *scribe)
{
    read_master(scribe, MASTER_READ_ALL);
}

void scribe_read_auth(struct scribe *scribe)
{
    if (scribe->auth)
        channel_serve(scribe, scribe->auth, SHARED_TURN);
}

static int wait_ms(const struct scribe *scribe)
{
    const int64_t dues[] = {
        scribe->waiting_connects ? scribe->now + CONNECTS_MS : INT64_MAX,
        scribe->left_out_due_ms ? scribe->left_out_due_ms : INT64_MAX,
        chain_due(scribe),
        feed_due(scribe),
        counters_due(&scribe->counters),
    };
    int64_t due = INT64_MAX;
    for (size_t i = 0; i < COUNT(dues); i++)
        due = dues[i] < due ? dues[i] : due;
    if (due == INT64_MAX)
        return -1;
    const int64_t left = due - now_ms();
    return left > 0 ? (int)left : 0;
}

static void tick_counters(struct scribe *scribe)
{
    counters_log(&scribe->counters, scribe->log.lost_ever + scribe->xferlog.lost_ever,
                 scribe_log_is_replaced(scribe));
    counters_tick(&scribe->counters, scribe->now);
}

static void turn(struct scribe *scribe)
{
    struct epoll_event events[EVENTS];
    const int n = epoll_wait(scribe->epoll, events, EVENTS, wait_ms(scribe));
    if (n < 0 && errno != EINTR)
        die("scribe: epoll_wait: %s", strerror(errno));
    scribe->now = now_ms();
    /* All of it also where it has no event: a user's name may come while the events are
     * collected. */
    const bool alone = master_channel_due(events, n, EVENTS, NULL) == MASTER_READ_ONE;
    read_master(scribe, alone ? MASTER_READ_ONE : MASTER_READ_ALL);
    for (int i = 0; i < n; i++) {
        struct channel *channel = events[i].data.ptr; /* NULL: the master's channel */
        if (channel && events[i].data.ptr != &scribe->feed)
            channel_serve(scribe, channel, channel->cell ? CELL_TURN : SHARED_TURN);
    }
    emit_overdue_connects(scribe);
    emit_left_out(scribe);
    chain_tick(scribe);
    feed_tick(scribe);
    tick_counters(scribe);
    channels_sweep(scribe);
}

/* The scribe can't log its own death; the master logs it after starting a new one (law M5). */
static void report_to_master(int call)
{
    const struct tm_refused message = { .head.type = TM_REFUSED, .call = (uint32_t)call };
    (void)channel_send(FD_MASTER, &message, sizeof message, MSG_DONTWAIT);
}

_Noreturn void scribe_run(struct config *config)
{
    static struct scribe scribe = {
        .log.fd = SINK_CLOSED, .xferlog.fd = SINK_CLOSED, .heads.fd = SINK_CLOSED, .feed.fd = -1
    };
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };

    log_open(-1, (enum log_level)config->log_level);
    filter_tell_refusals(report_to_master);
    scribe.config = config;
    hash_table_init(&scribe.cells, scribe.cell_buckets, CELL_BUCKETS);
    scribe.addresses = address_rations_new();
    if (!scribe.addresses)
        die("scribe: no memory");
    scribe.now = scribe.totals.since_ms = now_ms();
    (void)signal(SIGPIPE, SIG_IGN); /* a reader of standard error may go away */
    scribe.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (scribe.epoll < 0 || epoll_ctl(scribe.epoll, EPOLL_CTL_ADD, FD_MASTER, &event) != 0)
        die("scribe: epoll: %s", strerror(errno));
    while (!scribe.master_gone || scribe.channels)
        turn(&scribe);
    scribe.left_out_due_ms = scribe.now;
    emit_left_out(&scribe);
    chain_send_head(&scribe);
    feed_finish(&scribe);
    _exit(0);
}
