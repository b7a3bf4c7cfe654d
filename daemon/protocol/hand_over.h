/* SPDX-License-Identifier: BSD-2-Clause */
/* hand_over.h - what a shared process sends to its successor in an upgrade: the
 * ends of its channels, and all that it knows of them.  One way, over a channel of
 * its own (FD_NEXT); HAND_END is the last message.  The successor serves nothing
 * before it has read all of it.  A message that does not fit its row ends the
 * successor, and the master starts another one, as after a crash.
 *
 * The programs of two versions meet here: the number of this border decides
 * whether they understand each other. */
#ifndef PROTOCOL_HAND_OVER_H
#define PROTOCOL_HAND_OVER_H

#include "daemon/protocol/auth_jail.h"
#include "daemon/protocol/control.h"
#include "daemon/protocol/from_master.h"
#include "daemon/protocol/rows.h"
#include "daemon/protocol/to_events.h"
#include "daemon/protocol/to_scribe.h"

/* clang-format off */
#define HAND_ENDS(ROW)                                                          \
    ROW(HAND_END,         1,  WHOLE(message_head),     0, ALWAYS, end)
#define DIALER_HANDS(ROW)                                                       \
    ROW(HAND_DIALER,      2,  WHOLE(hand_dialer),      1, ALWAYS, dialer)
#define KEEPER_HANDS(ROW)                                                       \
    ROW(HAND_KEEPER,      3,  WHOLE(hand_keeper),      1, ALWAYS, keeper)       \
    ROW(HAND_KEY,         17, WHOLE(hand_key),         0, ALWAYS, key)
#define CONTROL_HANDS(ROW)                                                      \
    ROW(HAND_CLIENT,      4,  WHOLE(hand_client),      1, ALWAYS, client)
#define SCRIBE_HANDS(ROW)                                                       \
    ROW(HAND_FACTS,       5,  WHOLE(hand_facts),       0, ALWAYS, facts)        \
    ROW(HAND_ACTIVITY,    6,  WHOLE(hand_activity),    0, ALWAYS, activity)     \
    ROW(HAND_CHANNEL,     7,  WHOLE(fm_cell),          1, ALWAYS, channel)      \
    ROW(HAND_REFUSAL,     8,  WHOLE(hand_refusal),     0, ALWAYS, refusal)      \
    ROW(HAND_TOTALS,      9,  WHOLE(hand_totals),      0, ALWAYS, totals)       \
    ROW(HAND_HOME,        19, WHOLE(hand_home),        0, ALWAYS, home)         \
    ROW(HAND_FEED,        20, WHOLE(hand_feed),        0, ALWAYS, feed)         \
    ROW(HAND_FEED_END,    21, WHOLE(message_head),     1, ALWAYS, feed_end)     \
    ROW(HAND_PENDING,     22, WHOLE(hand_piece),       0, ALWAYS, pending)      \
    ROW(HAND_COUNTS,      28, WHOLE(counts),           0, ALWAYS, counts)       \
    ROW(HAND_TRACED,      29, WHOLE(hand_traced),      0, ALWAYS, traced)
#define EVENTS_HANDS(ROW)                                                       \
    ROW(HAND_RING,        23, WHOLE(hand_ring),        0, ALWAYS, ring)         \
    ROW(HAND_EVENT,       24, WHOLE(hand_piece),       0, ALWAYS, event)        \
    ROW(HAND_READER,      25, WHOLE(hand_reader),      1, ALWAYS, reader)       \
    ROW(HAND_UNSENT,      26, WHOLE(hand_piece),       0, ALWAYS, unsent)       \
    ROW(HAND_LINK,        27, WHOLE(message_head),     1, ALWAYS, link)
#define AUTH_HANDS(ROW)                                                         \
    ROW(HAND_PENALTIES,   10, WHOLE(hand_penalties),   0, ALWAYS, penalties)    \
    ROW(HAND_LEDGER,      11, WHOLE(hand_ledger),      0, ALWAYS, ledger)       \
    ROW(HAND_CELL,        12, WHOLE(hand_cell),        0, ALWAYS, cell)         \
    ROW(HAND_QUOTA,       13, WHOLE(hand_quota),       0, ALWAYS, quota)        \
    ROW(HAND_NET,         14, WHOLE(hand_end_of),      1, ALWAYS, net)          \
    ROW(HAND_JAIL,        15, WHOLE(hand_end_of),      1, ALWAYS, jail)         \
    ROW(HAND_CONTROL,     16, WHOLE(message_head),     1, ALWAYS, control)      \
    ROW(HAND_SLOWEST,     18, WHOLE(hand_slowest),     0, ALWAYS, slowest)
/* clang-format on */

#define ALL_HANDS(ROW)                                                                             \
    HAND_ENDS(ROW)                                                                                 \
    DIALER_HANDS(ROW)                                                                              \
    KEEPER_HANDS(ROW) CONTROL_HANDS(ROW) SCRIBE_HANDS(ROW) AUTH_HANDS(ROW) EVENTS_HANDS(ROW)

enum hand_over { ALL_HANDS(BORDER_TYPE) };
/* Larger than all of them. */
enum { HANDS = 32 };

enum { HAND_RUN_ROOM = 24, HAND_LINE_ROOM = 128, HAND_EVENT_ROOM = 512 * 1024 };
enum {
    HAND_KEY_ROOM = 8192,
    HAND_PORTS = 4,
    HAND_BYTES = 16 * 1024,
    HAND_WORD_ROOM = 32,
    HAND_HEAD_SIZE = 32
};

/* Each with this process' end of the channel to a NET. */
struct hand_dialer {
    struct message_head head;
    uint64_t cell;
    uint32_t has_client, logged_in; /* 0, 1 */
    uint64_t turns[HAND_PORTS];
    uint32_t ports[HAND_PORTS]; /* the listeners that the session may still have */
    uint32_t port_count;
    uint32_t reserved;
    struct fm_address about;
};

struct hand_keeper {
    struct message_head head;
    uint64_t cell;
    int64_t refilled_ms;
    uint32_t allowed; /* signatures */
    uint32_t reserved;
};

/* A private key that sessions may still need (law T7).  It goes from one keeper to another, and
 * nowhere else; both wipe it. */
struct hand_key {
    struct message_head head;
    uint64_t last_cell; /* the newest that may need it */
    uint32_t index;
    uint32_t length;
    unsigned char der[HAND_KEY_ROOM];
};

/* with the connection of a wardctl */
struct hand_client {
    struct message_head head;
    uint32_t serial, asked, verb; /* of its open question; asked 0: none */
    uint32_t counter;             /* the serial of control's last question */
    int64_t since_ms;
};

/* What the scribe knows of a cell. */
struct hand_facts {
    struct message_head head;
    uint64_t cell, session;
    int64_t since_ms;
    uint32_t listener;
    uint32_t greeted, connect_logged, leave_logged, gone, ended; /* 0, 1 */
    int32_t pid;
    uint32_t reserved;
    struct sockaddr_storage peer;
    char user[NAME_ROOM];
};

struct hand_activity {
    struct message_head head;
    uint64_t cell;
    int64_t reported_ms, transfer_ms;
    uint64_t bytes, size, rate;
    uint32_t state, tls;
    char command[CONTROL_VERB_ROOM];
    char path[CONTROL_PATH_ROOM];
};

struct hand_refusal {
    struct message_head head;
    int64_t at_ms;
    struct sockaddr_storage peer;
    char user[NAME_ROOM];
    char reason[HAND_WORD_ROOM];
};

/* A line of a traced session. */
struct hand_traced {
    struct message_head head;
    uint64_t number, session;
    struct sockaddr_storage peer;
    char user[NAME_ROOM];
    struct scribe_trace trace;
};

/* The home of a cell's user, for events. */
struct hand_home {
    struct message_head head;
    uint64_t cell;
    char home[HOME_ROOM];
};

/* What the scribe has lost or not yet sent of the events; the lines come in pieces. */
struct hand_feed {
    struct message_head head;
    uint64_t lost[GAP_REASONS];
    uint64_t lost_ever;
    uint32_t gaps;
    uint32_t reserved;
};

/* A piece of something that is longer than a message. */
struct hand_piece {
    struct message_head head;
    uint64_t number; /* of the event, or the reader's place */
    uint64_t total;  /* of an event: how many those up to it count as */
    uint32_t count;  /* bytes */
    uint32_t last;   /* 1: it is the last piece */
    char bytes[HAND_BYTES];
};

struct hand_ring {
    struct message_head head;
    uint64_t first, forgotten;
    uint32_t linked; /* 0, 1 */
    uint32_t reserved;
    char run[HAND_RUN_ROOM];
};

/* with the connection of a reader of events */
struct hand_reader {
    struct message_head head;
    int64_t since_ms;
    uint64_t next, total;
    uint32_t place;
    uint32_t asked, input_ended, has_total; /* 0, 1 */
    uint32_t line_length;
    uint32_t reserved;
    char line[HAND_LINE_ROOM];
};

/* The lines that a log has lost. */
struct hand_lost {
    uint64_t lost, ever;
    uint32_t torn, error;
};

struct hand_totals {
    struct message_head head;
    int64_t since_ms, login_ms;
    uint64_t sessions, logins, refused_logins, files_up, files_down, failed_transfers, bytes_up,
        bytes_down;
    uint64_t refusals; /* how many there were, of which the last ones came before this message */
    struct hand_lost log, xferlog;
    int64_t head_due_ms;
    uint64_t sequence; /* of the log's chain, and its head */
    uint8_t chain[HAND_HEAD_SIZE];
};

/* The time of the slowest hash of late, so that answers take the same time as before. */
struct hand_slowest {
    struct message_head head;
    int64_t hash_ms;
};

/* A piece of auth's bans and failures, as its state file has them. */
struct hand_penalties {
    struct message_head head;
    uint64_t at;    /* where this piece begins */
    uint32_t count; /* bytes */
    uint32_t last;  /* 1: it is the last one */
    char bytes[HAND_BYTES];
};

struct hand_ledger {
    struct message_head head;
    uint64_t key[2];
    uint64_t used_bytes, used_files, leased_bytes, leased_files;
    int64_t counted_ms;
    uint64_t slot;
    uint32_t known, stale, held, counting; /* 0, 1 */
    uint32_t leases;
    uint32_t reserved;
};

/* What auth knows of a cell; its channels come after it. */
struct hand_cell {
    struct message_head head;
    uint64_t cell;
    uint32_t state; /* enum cell_state: none in which a log-in is under way */
    uint32_t serial, failures, file;
    int64_t due_ms; /* of the state; 0: never */
    /* 0, 1; counted: its session counts for user and group */
    uint32_t has_client, tls_required, orphan, counted, has_turn;
    uint32_t reserved;
    int64_t next_us[RATE_DIRECTIONS]; /* of its user */
    struct sockaddr_storage peer;
    char user[NAME_ROOM];
    char group[NAME_ROOM];
};

/* ... and of its quota, which comes after the ledgers and the cell. */
struct hand_quota {
    struct message_head head;
    uint64_t cell;
    uint64_t key[2]; /* of its ledger */
    uint32_t has_ledger, asks, open, counts, waits;
    uint32_t reserved;
    uint64_t limit_bytes, limit_files;
    int64_t recount_ms;
    uint64_t left_bytes, left_files; /* of the open lease */
    uint64_t rates[RATE_DIRECTIONS];
    int64_t silent_us[RATE_DIRECTIONS];
    struct quota_ask ask; /* that it waits for */
};

struct hand_end_of {
    struct message_head head;
    uint64_t cell;
};

#endif
