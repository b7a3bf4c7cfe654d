/* SPDX-License-Identifier: BSD-2-Clause */
/* to_events.h - what the scribe sends to events: finished lines, many at once.
 * One way: events never writes to this channel, and the scribe never waits. */
#ifndef PROTOCOL_TO_EVENTS_H
#define PROTOCOL_TO_EVENTS_H

#include "daemon/protocol/rows.h"

/* LINES: events, each a JSON object and a line end.  GAP: events were lost before what follows. */
/* clang-format off */
#define TO_EVENTS(ROW)                                                                                               \
    ROW(EVENTS_LINES, 1, TEXT(event_lines, lines), 0, ALWAYS, lines)                                                 \
    ROW(EVENTS_GAP,   2, WHOLE(event_gap),         0, ALWAYS, gap)
/* clang-format on */

enum to_events { TO_EVENTS(BORDER_TYPE) };

enum { EVENT_LINES_ROOM = 60000 };

struct event_lines {
    struct message_head head;
    char lines[EVENT_LINES_ROOM]; /* sent up to and with its NUL */
};

/* Why readers miss events. */
enum gap_reason {
    GAP_OVERFLOW = 1, /* the scribe's buffer was full */
    GAP_RECORDS,      /* a process could not pass them to the scribe */
    GAP_SESSION,      /* a session's process died, and its last records with it */
    GAP_SCRIBE,       /* the scribe was restarted */
    GAP_RUN,          /* the reader's position is of another run */
    GAP_OLD,          /* the reader was away, or slow, for more than events_kept events */
    GAP_REASONS
};

struct event_gap {
    struct message_head head;
    uint64_t lost;   /* how many events; 0: unknown */
    uint32_t reason; /* enum gap_reason */
    uint32_t reserved;
};

#endif
