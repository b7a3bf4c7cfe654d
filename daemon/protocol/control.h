/* SPDX-License-Identifier: BSD-2-Clause */
/* control.h - the administrator's questions: from wardctl over the control
 * socket, and from control (the process that serves it) to master, scribe and
 * auth.  One struct for every question everywhere, fixed structs as answers; on
 * each channel control asks and the other side answers.  The answer repeats the
 * type, the serial and the verb of the question. */
#ifndef PROTOCOL_CONTROL_H
#define PROTOCOL_CONTROL_H

#include "daemon/protocol/metrics.h"
#include "daemon/protocol/rows.h"

#include <netinet/in.h>

/* The one question between wardctl, control and auth; the master and the scribe have types of their
 * own for it. */
#define TO_CONTROL(ROW) ROW(CONTROL_ASK, 1, WHOLE(control_ask), 0, ALWAYS, ask)
enum { TO_CONTROL(BORDER_TYPE) };

/* The questions: a list for each process that answers.  The columns: the
 * verb and its number; how long the answer may take; its kind, which
 * validate_control_answer() checks; its handler.
 *
 *   WHO          sessions whose number is above .number
 *   COUNTS       what the scribe has counted since its start: enum control_counts
 *   BANS         bans after .address and .bits (if .number is 1; otherwise from the first)
 *   BAN          .address, for .number seconds
 *   UNBAN        .address; without .bits its network's ban as well
 *   PENALTIES    enum control_penalties
 *   REFUSALS     the last refusals, by .by (a user or an address): lines in .text (refusals.h)
 *   EXPLAIN      a user, with .address or none, or an address: enum control_explained, lines in .text
 *   STATE        enum control_state; .text: the path of the configuration, then each -o, one a line
 *   KICK         by .by; .numbers[0] of the answer: how many
 *   RELOAD       answered when the new configuration is in use, or refused; .text has the reason
 *   DRAIN        no more clients; the daemon ends with the last session
 *   STOP         as SIGTERM; .number 1: at once
 *   LOG_LEVEL    .number is an enum log_level
 *   UPGRADE      answered when all processes run the installed programs, or nothing has changed; .text says why,
 *                or from which version to which
 *   TRACE        by .by, for .seconds, 0: ends it; .numbers[0] of the answer: how many sessions run
 *   TRACED       lines of traced sessions, by .by (a user or an address), after number .number;
 *                UINT64_MAX: none of those that there are (traced.h)
 *   METRICS      what is counted: struct control_metrics */
/* clang-format off */
#define SCRIBE_VERBS(ROW)                                                                                            \
    ROW(CONTROL_WHO,       1,  ANSWER_MS, who,     who)                                                                  \
    ROW(CONTROL_COUNTS,    2,  ANSWER_MS, numbers, counts)                                                               \
    ROW(CONTROL_REFUSALS,  3,  ANSWER_MS, numbers, refusals)                                                         \
    ROW(CONTROL_TRACED,    4,  ANSWER_MS, numbers, traced)
#define AUTH_VERBS(ROW)                                                                                              \
    ROW(CONTROL_BANS,      5,  ANSWER_MS, bans,    bans)                                                              \
    ROW(CONTROL_BAN,       6,  ANSWER_MS, numbers, ban)                                                               \
    ROW(CONTROL_UNBAN,     7,  ANSWER_MS, numbers, unban)                                                             \
    ROW(CONTROL_PENALTIES, 8,  ANSWER_MS, numbers, penalties)                                                         \
    ROW(CONTROL_EXPLAIN,   9,  ANSWER_MS, numbers, explain)
#define MASTER_VERBS(ROW)                                                                                            \
    ROW(CONTROL_STATE,     10, ANSWER_MS, numbers, state)                                                            \
    ROW(CONTROL_KICK,      11, ANSWER_MS, numbers, kick)                                                             \
    ROW(CONTROL_RELOAD,    12, RELOAD_MS, numbers, reload)                                                           \
    ROW(CONTROL_DRAIN,     13, ANSWER_MS, numbers, drain)                                                            \
    ROW(CONTROL_STOP,      14, ANSWER_MS, numbers, stop)                                                             \
    ROW(CONTROL_LOG_LEVEL, 15, ANSWER_MS, numbers, log_level)                                                        \
    ROW(CONTROL_TRACE,     16, ANSWER_MS, numbers, trace)                                                            \
    ROW(CONTROL_UPGRADE,   17, UPGRADE_MS, numbers, upgrade)                                                         \
    ROW(CONTROL_METRICS,   18, ANSWER_MS, metrics, metrics)
/* clang-format on */

#define ALL_VERBS(ROW) SCRIBE_VERBS(ROW) AUTH_VERBS(ROW) MASTER_VERBS(ROW)

enum control_verb { ALL_VERBS(BORDER_TYPE) CONTROL_VERBS };

enum { TRACE_MAX_S = 86400 };

enum control_by { CONTROL_BY_SESSION = 1, CONTROL_BY_USER, CONTROL_BY_ADDRESS };
/* sent whole */
struct control_ask {
    struct message_head head;
    uint32_t verb;    /* enum control_verb */
    uint32_t by;      /* CONTROL_KICK, _TRACE, _REFUSALS and _EXPLAIN: enum control_by; else 0 */
    uint32_t bits;    /* of .address, for bans: 32, 64, 48; 0: as limits count */
    uint32_t seconds; /* CONTROL_TRACE; else 0 */
    uint64_t number;  /* as the verb says */
    struct sockaddr_storage address;
    char name[NAME_ROOM]; /* CONTROL_KICK, CONTROL_TRACE by user */
};

enum control_result {
    CONTROL_DONE = 0,
    CONTROL_NONE,        /* there is no such session, user, ban */
    CONTROL_REFUSED,     /* .text says why */
    CONTROL_BUSY,        /* try again */
    CONTROL_UNAVAILABLE, /* the process that should answer does not */
    CONTROL_DENIED,      /* the asker is not root */
    CONTROL_BAD,         /* no such question */
};

enum { CONTROL_NUMBERS = 16, CONTROL_TEXT_ROOM = 2048 };
/* to every verb but WHO and BANS; to those too, where the result is not CONTROL_DONE */
struct control_answer {
    struct message_head head;
    uint32_t verb;
    uint32_t result; /* enum control_result */
    uint64_t numbers[CONTROL_NUMBERS];
    char text[CONTROL_TEXT_ROOM]; /* lines; NUL-padded */
};

/* .numbers of an answer. */
enum control_counts {
    COUNT_SECONDS, /* since the start of this scribe */
    COUNT_SESSIONS,
    COUNT_LOGINS,
    COUNT_REFUSED_LOGINS,
    COUNT_FILES_UP,
    COUNT_FILES_DOWN,
    COUNT_FAILED_TRANSFERS,
    COUNT_BYTES_UP,
    COUNT_BYTES_DOWN,
    COUNT_LOST_LINES,   /* of the log and the xferlog */
    COUNT_LOG_REPLACED, /* 1: the log can't be opened; syslog, or nothing, is used instead */
    /* number of the last line of a chained log, or 0; .text is the head, hex digits */
    COUNT_CHAIN,
    COUNT_LOST_EVENTS, /* that could not be passed on to the process events */
    COUNT_LOGIN_AGE,   /* seconds since the last log-in; UINT64_MAX: none yet */
};
enum control_explained {
    EXPLAINED_IN, /* 1: the user would be let in with the right password */
    EXPLAINED_UID,
    EXPLAINED_GID,
    EXPLAINED_GUEST,
    EXPLAINED_SESSIONS,
};
enum control_traced {
    TRACED_LAST, /* number of the last line that was looked at */
    TRACED_LOST, /* lines that were overwritten before, of all traces */
    TRACED_RUN,  /* of the scribe: in another one numbers begin at 0 */
};
enum control_penalties { PENALTIES_BANS, PENALTIES_FAILING };
enum control_state {
    STATE_PID,
    STATE_SECONDS, /* since the start */
    STATE_SESSIONS,
    STATE_LOGGED_IN,
    STATE_ACCEPTED, /* clients that got a session, since the start */
    STATE_REFUSED,  /* clients that got none */
    STATE_WAITING_CELLS,
    STATE_ENDING_CELLS,
    STATE_MAX_SESSIONS,
    STATE_LOG_LEVEL,
    STATE_STOPPING, /* 0: it serves; 1: draining; 2: stopping */
};

enum {
    CONTROL_PATH_ROOM = 1024,
    CONTROL_VERB_ROOM = 16,
    CONTROL_WHO_ROWS = 16,
    CONTROL_BAN_ROWS = 64
};

enum session_state {
    SESSION_UNKNOWN,
    SESSION_IDLE,
    SESSION_LISTING,
    SESSION_DOWNLOAD,
    SESSION_UPLOAD
};

struct control_session {
    uint64_t session;
    uint64_t age_ms;      /* since the connection */
    uint64_t reported_ms; /* since NET reported what follows; 0: it has not */
    uint64_t bytes;       /* of the running transfer */
    uint64_t size;        /* of its file, if known */
    uint64_t rate;        /* bytes per second */
    struct sockaddr_storage peer;
    int32_t pid;    /* of its NET */
    uint32_t state; /* enum session_state; SESSION_UNKNOWN: NET has reported nothing yet */
    uint32_t tls;   /* 0, 1; where the state is known */
    uint32_t reserved;
    char user[NAME_ROOM];
    char command[CONTROL_VERB_ROOM];
    /* of the transfer; cut, with "..." at its end, where it is longer */
    char path[CONTROL_PATH_ROOM];
};

struct control_who {
    struct message_head head;
    uint32_t verb;
    uint32_t result;
    /* of rows, in the order of their numbers; fewer than CONTROL_WHO_ROWS: these are the last */
    uint32_t count;
    uint32_t reserved;
    struct control_session rows[CONTROL_WHO_ROWS];
};

struct control_ban {
    struct sockaddr_storage address; /* of IPv6 its network of so many bits: */
    uint32_t bits;                   /* 32, 64 or 48 */
    uint32_t by_hand;
    uint64_t left_s;
};

struct control_bans {
    struct message_head head;
    uint32_t verb;
    uint32_t result;
    uint32_t count; /* fewer than CONTROL_BAN_ROWS: these are the last */
    uint32_t reserved;
    struct control_ban rows[CONTROL_BAN_ROWS];
};

/* An answer of any kind; each member has the kind's name. */
union control_any {
    struct message_head head;
    struct control_answer numbers;
    struct control_who who;
    struct control_bans bans;
    struct control_metrics metrics;
};

#endif
