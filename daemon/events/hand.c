/* SPDX-License-Identifier: BSD-2-Clause */
/* hand.c - runs in events: passes the kept events, their numbers and the readers to
 * its successor, or takes them over: a reader sees nothing of an upgrade. */
#include "common/text.h"
#include "daemon/events/state.h"
#include "daemon/ipc/hand_over.h"

#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

_Static_assert((int)HAND_RUN_ROOM >= (int)RUN_ROOM, "the run fits the message");
_Static_assert((int)HAND_LINE_ROOM == (int)READER_LINE_ROOM, "a reader's line fits the message");

static struct hand_piece piece;

/* In pieces; the last one says so. */
static void hand_bytes(uint32_t type, uint64_t number, uint64_t total, const char *bytes,
                       size_t length)
{
    size_t at = 0;
    do {
        const size_t n = length - at < HAND_BYTES ? length - at : HAND_BYTES;
        memset(&piece, 0, sizeof piece);
        piece.head.type = type;
        piece.number = number;
        piece.total = total;
        piece.count = (uint32_t)n;
        at += n;
        piece.last = at == length;
        memcpy(piece.bytes, bytes + at - n, n);
        hand_over(&piece, sizeof piece, -1);
    } while (at < length);
}

static void hand_ring(const struct events *events)
{
    const struct ring *ring = &events->ring;
    struct hand_ring message = { .head.type = HAND_RING,
                                 .first = ring->first,
                                 .forgotten = ring->forgotten,
                                 .linked = events->linked };
    memcpy(message.run, events->run, sizeof events->run);
    hand_over(&message, sizeof message, -1);
    for (uint64_t number = ring->first; number < ring->next; number++) {
        size_t length;
        const char *line = ring_line(ring, number, &length);
        hand_bytes(HAND_EVENT, number, ring_total(ring, number), line, length);
    }
}

static void hand_reader(const struct reader *reader, uint32_t place)
{
    struct hand_reader message = { .head.type = HAND_READER,
                                   .place = place,
                                   .asked = reader->asked,
                                   .input_ended = reader->input_ended,
                                   .has_total = reader->has_total,
                                   .since_ms = reader->since_ms,
                                   .next = reader->next,
                                   .total = reader->total,
                                   .line_length = (uint32_t)reader->line_length };
    memcpy(message.line, reader->line, sizeof message.line);
    hand_over(&message, sizeof message, reader->fd);
    hand_bytes(HAND_UNSENT, place, 0, reader->out + reader->at, reader->length - reader->at);
}

_Noreturn void events_hand_over(const struct events *events)
{
    const struct message_head link = { .type = HAND_LINK };
    hand_ring(events);
    for (uint32_t i = 0; i < READERS_MAX; i++) {
        if (events->readers[i].fd >= 0)
            hand_reader(&events->readers[i], i);
    }
    if (events->link >= 0)
        hand_over(&link, sizeof link, events->link);
    hand_over_end();
    _exit(0);
}

/* A handler for each of EVENTS_HANDS.  NULL, or what is wrong with the message. */

static const char *on_ring(struct events *events, const struct hand_ring *from, int fd)
{
    struct ring *ring = &events->ring;
    (void)fd;
    if (from->first == 0 || !text_ends(from->run, sizeof from->run) ||
        strlen(from->run) >= sizeof events->run)
        return "numbers that can't be";
    (void)text_copy(events->run, sizeof events->run, from->run);
    ring->first = ring->next = from->first;
    ring->total = ring->forgotten = from->forgotten;
    events->linked = from->linked != 0;
    return NULL;
}

static const char *on_event(struct events *events, const struct hand_piece *from, int fd)
{
    static char line[HAND_EVENT_ROOM];
    static size_t length;
    struct ring *ring = &events->ring;
    (void)fd;
    if (from->count > HAND_BYTES || length + from->count > sizeof line ||
        from->number != ring->next || from->total < ring->total)
        return "an event that can't be";
    memcpy(line + length, from->bytes, from->count);
    length += from->count;
    if (!from->last)
        return NULL;
    ring_add(ring, line, length, from->total - ring->total);
    length = 0;
    return NULL;
}

static const char *on_reader(struct events *events, const struct hand_reader *from, int fd)
{
    if (from->place >= READERS_MAX || events->readers[from->place].fd >= 0 ||
        from->line_length >= READER_LINE_ROOM || from->next == 0 || from->next > events->ring.next)
        return "a reader that can't be";
    struct reader *reader = &events->readers[from->place];
    reader->fd = fd;
    reader->asked = from->asked != 0;
    reader->input_ended = from->input_ended != 0;
    reader->has_total = from->has_total != 0;
    reader->since_ms = from->since_ms;
    reader->next = from->next;
    reader->total = from->total;
    reader->line_length = from->line_length;
    memcpy(reader->line, from->line, sizeof reader->line);
    reader_adopted(events, reader);
    return NULL;
}

static const char *on_unsent(struct events *events, const struct hand_piece *from, int fd)
{
    (void)fd;
    if (from->number >= READERS_MAX || from->count > HAND_BYTES)
        return "bytes of a reader that can't be";
    struct reader *reader = &events->readers[from->number];
    if (from->count > sizeof reader->out - reader->length)
        return "more bytes than a reader may have";
    memcpy(reader->out + reader->length, from->bytes, from->count);
    reader->length += from->count;
    return NULL;
}

static const char *on_link(struct events *events, const struct message_head *from, int fd)
{
    (void)from;
    if (events->link >= 0 || !events_watch(events, fd, LINK, EPOLLIN))
        return "a channel that can't be watched";
    events->link = fd;
    return NULL;
}

#define TAKE(name, number, shape, fds, phases, handler)                                            \
    case name:                                                                                     \
        return on_##handler(events, (const BORDER_STRUCT_##shape *)message, fd);

static const char *take(void *context, const struct message_head *message, int fd)
{
    struct events *events = context;
    switch (message->type) {
        EVENTS_HANDS(TAKE)
    default:
        return border_fault_text(BORDER_TYPE);
    }
}

void events_take_over(struct events *events, int channel)
{
    static const struct border_row rows[] = { HAND_ENDS(BORDER_ROW) EVENTS_HANDS(BORDER_ROW) };
    static const struct hand_border border = {
        .process = "events", .rows = rows, .row_count = COUNT(rows), .take = take
    };
    hand_over_take(channel, &border, events);
}
