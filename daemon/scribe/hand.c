/* SPDX-License-Identifier: BSD-2-Clause */
/* hand.c - runs in the scribe: passes cells, channels, counters and the log's chain
 * to its successor, or takes them over.  Records that are still in the channels are
 * the successor's.  The rations begin again: their buckets are full. */
#include "daemon/scribe/hand.h"

#include "common/text.h"
#include "daemon/ipc/hand_over.h"
#include "daemon/scribe/chain.h"
#include "daemon/scribe/scribe.h"
#include "daemon/scribe/state.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Static_assert((int)HAND_HEAD_SIZE == (int)SHA256_SIZE, "the head of a chain fits the message");
_Static_assert((int)HAND_WORD_ROOM == (int)REFUSAL_WORD_ROOM, "the reason of a refusal fits");

static void hand_activity(const struct cell_facts *cell)
{
    const struct activity *activity = cell->activity;
    struct hand_activity message = { .head.type = HAND_ACTIVITY,
                                     .cell = cell->number,
                                     .reported_ms = activity->reported_ms,
                                     .transfer_ms = activity->transfer_ms,
                                     .bytes = activity->bytes,
                                     .size = activity->size,
                                     .rate = activity->rate,
                                     .state = activity->state,
                                     .tls = activity->tls };
    memcpy(message.command, activity->command, sizeof message.command);
    memcpy(message.path, activity->path, sizeof message.path);
    hand_over(&message, sizeof message, -1);
}

static void hand_home(const struct cell_facts *cell)
{
    struct hand_home message = { .head.type = HAND_HOME, .cell = cell->number };
    if (text_copy(message.home, sizeof message.home, cell->home))
        hand_over(&message, sizeof message, -1);
}

static void hand_cell(const struct cell_facts *cell)
{
    struct hand_facts message = { .head.type = HAND_FACTS,
                                  .cell = cell->number,
                                  .session = cell->session,
                                  .since_ms = cell->since_ms,
                                  .listener = cell->listener,
                                  .greeted = cell->greeted,
                                  .connect_logged = cell->connect_logged,
                                  .leave_logged = cell->leave_logged,
                                  .gone = cell->gone,
                                  .ended = cell->ended,
                                  .pid = cell->pid,
                                  .peer = cell->peer };
    memcpy(message.user, cell->user, sizeof message.user);
    hand_over(&message, sizeof message, -1);
    if (cell->activity)
        hand_activity(cell);
    if (cell->home)
        hand_home(cell);
}

/* Events that its channel has not taken yet. */
static void hand_feed(const struct feed *feed)
{
    static struct hand_piece piece;
    const struct message_head end = { .type = HAND_FEED_END };
    struct hand_feed message = { .head.type = HAND_FEED,
                                 .lost_ever = feed->lost_ever,
                                 .gaps = feed->gaps };
    memcpy(message.lost, feed->lost, sizeof message.lost);
    hand_over(&message, sizeof message, -1);
    for (size_t at = 0; at < feed->length; at += piece.count) {
        memset(&piece, 0, sizeof piece);
        piece.head.type = HAND_PENDING;
        piece.count =
            feed->length - at < HAND_BYTES ? (uint32_t)(feed->length - at) : (uint32_t)HAND_BYTES;
        memcpy(piece.bytes, feed->pending + at, piece.count);
        hand_over(&piece, sizeof piece, -1);
    }
    if (feed->fd >= 0)
        hand_over(&end, sizeof end, feed->fd);
}

static void hand_channel(const struct channel *channel)
{
    const struct fm_cell message = { .head.type = HAND_CHANNEL,
                                     .cell = channel->cell ? channel->cell->number : 0,
                                     .end = channel->end,
                                     .pid = channel->pid };
    if (channel->fd >= 0)
        hand_over(&message, sizeof message, channel->fd);
}

/* The oldest first. */
static void hand_refusals(const struct refusals *refusals)
{
    const uint64_t kept = refusals->count < REFUSALS_MAX ? refusals->count : REFUSALS_MAX;
    for (uint64_t i = refusals->count - kept; i < refusals->count; i++) {
        const struct refusal_kept *refusal = &refusals->list[i % REFUSALS_MAX];
        struct hand_refusal message = { .head.type = HAND_REFUSAL,
                                        .at_ms = refusal->at_ms,
                                        .peer = refusal->peer };
        memcpy(message.user, refusal->user, sizeof message.user);
        memcpy(message.reason, refusal->reason, sizeof message.reason);
        hand_over(&message, sizeof message, -1);
    }
}

static void hand_traced(const struct traced *traced)
{
    const uint64_t kept = traced->count < TRACED_MAX ? traced->count : TRACED_MAX;
    for (uint64_t number = traced->count - kept; number < traced->count; number++) {
        const struct traced_line *line = traced->lines[number % TRACED_MAX];
        struct hand_traced message = { .head.type = HAND_TRACED, .number = number };
        if (line) {
            message.session = line->session;
            message.peer = line->peer;
            message.trace.reply = line->reply;
            (void)text_copy(message.user, sizeof message.user, line->user);
            (void)text_copy(message.trace.line, sizeof message.trace.line, line->text);
        }
        hand_over(&message, sizeof message, -1);
    }
}

static struct hand_lost lost_of(const struct sink *sink)
{
    return (struct hand_lost){ .lost = sink->lost,
                               .ever = sink->lost_ever,
                               .torn = sink->torn,
                               .error = (uint32_t)sink->last_error };
}

static void hand_totals(const struct scribe *scribe)
{
    const struct totals *totals = &scribe->totals;
    struct hand_totals message = { .head.type = HAND_TOTALS,
                                   .since_ms = totals->since_ms,
                                   .login_ms = scribe->login_ms,
                                   .sessions = totals->sessions,
                                   .logins = totals->logins,
                                   .refused_logins = totals->refused_logins,
                                   .files_up = totals->files_up,
                                   .files_down = totals->files_down,
                                   .failed_transfers = totals->failed_transfers,
                                   .bytes_up = totals->bytes_up,
                                   .bytes_down = totals->bytes_down,
                                   .refusals = scribe->refusals.count,
                                   .log = lost_of(&scribe->log),
                                   .xferlog = lost_of(&scribe->xferlog),
                                   .head_due_ms = scribe->head_due_ms,
                                   .sequence = scribe->chain.sequence };
    memcpy(message.chain, scribe->chain.head, sizeof message.chain);
    hand_over(&message, sizeof message, -1);
}

static void hand_counts(const struct scribe *scribe)
{
    struct counts message = { .head.type = HAND_COUNTS };
    memcpy(message.values, scribe->counters.values, sizeof message.values);
    hand_over(&message, sizeof message, -1);
}

_Noreturn void scribe_hand_over(struct scribe *scribe)
{
    scribe->left_out_due_ms = scribe->now;
    emit_left_out(scribe);
    const struct cell_facts *cell = hash_table_first(&scribe->cells);
    for (; cell; cell = hash_table_next(&scribe->cells, &cell->node))
        hand_cell(cell);
    for (const struct channel *channel = scribe->channels; channel; channel = channel->next)
        hand_channel(channel);
    hand_refusals(&scribe->refusals);
    hand_traced(&scribe->traced);
    hand_totals(scribe);
    hand_counts(scribe);
    hand_feed(&scribe->feed);
    hand_over_end();
    _exit(0);
}

/* A handler for each of SCRIBE_HANDS: takes it; NULL, or what is wrong with it. */

static const char *on_facts(struct scribe *scribe, const struct hand_facts *from, int fd)
{
    (void)fd;
    struct cell_facts *cell = known_cell_or_new(scribe, from->cell);
    if (!text_ends(from->user, sizeof from->user))
        return "a name without end";
    if (!cell)
        return "no memory";
    cell->session = from->session;
    cell->since_ms = from->since_ms;
    cell->listener = from->listener;
    cell->greeted = from->greeted != 0;
    cell->connect_logged = from->connect_logged != 0;
    cell->leave_logged = from->leave_logged != 0;
    cell->gone = from->gone != 0;
    cell->ended = from->ended != 0;
    cell->pid = from->pid;
    cell->peer = from->peer;
    memcpy(cell->user, from->user, sizeof cell->user);
    scribe->ended_cells += cell->ended;
    scribe->waiting_connects += cell->greeted && !cell->connect_logged;
    scribe->to_sweep = true;
    return NULL;
}

static const char *on_activity(struct scribe *scribe, const struct hand_activity *from, int fd)
{
    (void)fd;
    struct cell_facts *cell = known_cell(scribe, from->cell);
    if (!cell || cell->activity || from->state > SESSION_UPLOAD ||
        !text_ends(from->command, sizeof from->command) ||
        !text_ends(from->path, sizeof from->path))
        return "invalid activity";
    cell->activity = calloc(1, sizeof *cell->activity);
    if (!cell->activity)
        return NULL;
    *cell->activity = (struct activity){ .reported_ms = from->reported_ms,
                                         .transfer_ms = from->transfer_ms,
                                         .bytes = from->bytes,
                                         .size = from->size,
                                         .rate = from->rate,
                                         .state = from->state,
                                         .tls = from->tls != 0 };
    memcpy(cell->activity->command, from->command, sizeof from->command);
    memcpy(cell->activity->path, from->path, sizeof from->path);
    return NULL;
}

static const char *on_channel(struct scribe *scribe, const struct fm_cell *from, int fd)
{
    return channel_add(scribe, from, fd) ? NULL : "a channel that can't be";
}

static const char *on_refusal(struct scribe *scribe, const struct hand_refusal *from, int fd)
{
    (void)fd;
    if (!text_ends(from->user, sizeof from->user) || !text_ends(from->reason, sizeof from->reason))
        return "a text without end";
    refusals_note(&scribe->refusals, &from->peer, from->user, from->reason, from->at_ms);
    return NULL;
}

static void take_lost(struct sink *sink, const struct hand_lost *from)
{
    sink->lost = from->lost;
    sink->lost_ever = from->ever;
    sink->torn = from->torn != 0;
    sink->last_error = (int)(from->error & INT32_MAX);
}

static const char *on_totals(struct scribe *scribe, const struct hand_totals *from, int fd)
{
    (void)fd;
    scribe->totals = (struct totals){ .since_ms = from->since_ms,
                                      .sessions = from->sessions,
                                      .logins = from->logins,
                                      .refused_logins = from->refused_logins,
                                      .files_up = from->files_up,
                                      .files_down = from->files_down,
                                      .failed_transfers = from->failed_transfers,
                                      .bytes_up = from->bytes_up,
                                      .bytes_down = from->bytes_down };
    scribe->login_ms = from->login_ms;
    take_lost(&scribe->log, &from->log);
    take_lost(&scribe->xferlog, &from->xferlog);
    scribe->head_due_ms = from->head_due_ms;
    scribe->chain.sequence = from->sequence;
    memcpy(scribe->chain.head, from->chain, sizeof from->chain);
    return NULL;
}

/* Behind the totals: lines that are lost already are counted. */
static const char *on_counts(struct scribe *scribe, const struct counts *from, int fd)
{
    (void)fd;
    counters_resume(&scribe->counters, from);
    scribe->counters.lost_lines = scribe->log.lost_ever + scribe->xferlog.lost_ever;
    return NULL;
}

static const char *on_home(struct scribe *scribe, const struct hand_home *from, int fd)
{
    (void)fd;
    struct cell_facts *cell = known_cell(scribe, from->cell);
    if (!cell || cell->home || !text_ends(from->home, sizeof from->home))
        return "a home that can't be";
    cell->home = strdup(from->home);
    return NULL;
}

static const char *on_traced(struct scribe *scribe, const struct hand_traced *from, int fd)
{
    struct traced *traced = &scribe->traced;
    (void)fd;
    if (!text_ends(from->user, sizeof from->user) ||
        !text_ends(from->trace.line, sizeof from->trace.line) ||
        (traced->count && from->number != traced->count))
        return "a traced line that can't be";
    traced->count = from->number;
    traced_note(traced, from->session, &from->peer, from->user, &from->trace);
    return NULL;
}

static const char *on_feed(struct scribe *scribe, const struct hand_feed *from, int fd)
{
    struct feed *feed = &scribe->feed;
    (void)fd;
    memcpy(feed->lost, from->lost, sizeof feed->lost);
    feed->lost_ever = from->lost_ever;
    feed->gaps = from->gaps & ((1U << GAP_REASONS) - 2);
    return NULL;
}

static const char *on_feed_end(struct scribe *scribe, const struct message_head *from, int fd)
{
    (void)from;
    return feed_open(scribe, fd) ? NULL : "a channel that can't be watched";
}

static const char *on_pending(struct scribe *scribe, const struct hand_piece *from, int fd)
{
    (void)fd;
    return from->count <= HAND_BYTES && feed_adopt(scribe, from->bytes, from->count)
               ? NULL
               : "more events than can be kept";
}

#define TAKE(name, number, shape, fds, phases, handler)                                            \
    case name:                                                                                     \
        return on_##handler(scribe, (const BORDER_STRUCT_##shape *)message, fd);

static const char *take(void *context, const struct message_head *message, int fd)
{
    struct scribe *scribe = context;
    switch (message->type) {
        SCRIBE_HANDS(TAKE)
    default:
        return border_fault_text(BORDER_TYPE);
    }
}

void scribe_take_over(struct scribe *scribe, int channel)
{
    static const struct border_row rows[] = { HAND_ENDS(BORDER_ROW) SCRIBE_HANDS(BORDER_ROW) };
    static const struct hand_border border = {
        .process = "scribe", .rows = rows, .row_count = COUNT(rows), .take = take
    };
    hand_over_take(channel, &border, scribe);
}
