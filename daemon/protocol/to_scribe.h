/* to_scribe.h - what is told to the scribe.  Nobody waits for an answer: there
 * is none.  Who a line is about (cell, session, pid, address, user) is known
 * to the scribe from the channel it came on and from what the master and auth
 * told it (invariant I9); a cell says only what happened. */
#ifndef PROTOCOL_TO_SCRIBE_H
#define PROTOCOL_TO_SCRIBE_H

#include "daemon/protocol/control.h"
#include "daemon/protocol/rows.h"

/* What is told to the scribe; the phase is who tells it (scribe/state.h).
 *
 *   NOTE        a line of text at a level
 *   TRANSFER    a transfer has ended
 *   LOGIN       cell n logged in, or was refused
 *   GREETED     220 was said
 *   LEFT        the session ends; its counts
 *   ACTIVITY    what the session does; at most once a second
 *   ASK         a question: the one record that is answered
 *   REFUSED     a connection was refused */
/* clang-format off */
#define TO_SCRIBE(ROW)                                                                                               \
    ROW(SCRIBE_NOTE,     1, TEXT(scribe_note, text),     0, SENDERS,        note)                                    \
    ROW(SCRIBE_TRANSFER, 2, TEXT(scribe_transfer, path), 0, SENDER_NET,     transfer)                                \
    ROW(SCRIBE_LOGIN,    3, WHOLE(scribe_login),         0, SENDER_AUTH,    login)                                   \
    ROW(SCRIBE_GREETED,  4, WHOLE(message_head),         0, SENDER_NET,     greeted)                                 \
    ROW(SCRIBE_LEFT,     5, WHOLE(scribe_left),          0, SENDER_NET,     left)                                    \
    ROW(SCRIBE_ACTIVITY, 6, TEXT(scribe_activity, path), 0, SENDER_NET,     activity)                                 \
    ROW(SCRIBE_ASK,      7, WHOLE(control_ask),          0, SENDER_CONTROL, ask)                                     \
    ROW(SCRIBE_REFUSED,  8, TEXT(scribe_refused, reply), 0, SENDER_MASTER,  refused)
/* clang-format on */

enum to_scribe { TO_SCRIBE(BORDER_TYPE) };

enum log_level { LOG_LEVEL_ERROR = 1, LOG_LEVEL_WARNING = 2, LOG_LEVEL_INFO = 3, LOG_LEVEL_DEBUG = 4 };

enum { NOTE_ROOM = 1024 };

struct scribe_note {
    struct message_head head;
    uint64_t cell;  /* shared processes: the cell it is about, or 0; a cell's own is ignored */
    uint32_t level; /* enum log_level */
    uint32_t reserved;
    char text[NOTE_ROOM]; /* sent up to and with its NUL; escaped by the scribe (law M3) */
};

enum transfer_kind { TRANSFER_DOWNLOAD = 1, TRANSFER_UPLOAD = 2, TRANSFER_APPEND = 3 };

struct scribe_transfer {
    struct message_head head;
    uint64_t bytes;        /* over the data connection */
    uint64_t microseconds; /* from the 150 to the last reply */
    uint32_t kind;         /* enum transfer_kind */
    uint32_t complete;     /* 1: 226 was said */
    uint32_t ascii;        /* 1: type A */
    uint32_t reply;        /* code of the last reply */
    char path[PATH_ROOM];  /* sent up to and with its NUL */
};

/* For wardctl's `who`; never on the way of a small transfer (net/activity.c). */
struct scribe_activity {
    struct message_head head;
    uint64_t bytes;       /* of the transfer that runs */
    uint64_t size;        /* of its file, where known */
    uint64_t transfer_ms; /* that it has taken so far */
    uint32_t state;       /* enum session_state, not SESSION_UNKNOWN */
    uint32_t tls;         /* 0, 1: the control connection */
    char command[CONTROL_VERB_ROOM];
    char path[CONTROL_PATH_ROOM]; /* of the transfer; sent up to and with its NUL */
};

enum refusal {
    REFUSED_NOT = 0,
    REFUSED_PASSWORD = 1,
    REFUSED_UNKNOWN = 2,
    REFUSED_LOCKED = 3,
    REFUSED_UID = 4,
    REFUSED_HASH = 5,
    REFUSED_HOME = 6,
    REFUSED_LIMIT = 7,
    REFUSED_TLS = 8,
    REFUSED_LONG = 9,
    REFUSED_EXPIRED = 10,
    REFUSED_ADDRESS = 11,
    REFUSED_UNAVAILABLE = 12,
    REFUSED_CERTIFICATE = 13,
    REFUSED_HOURS = 14,
    REFUSED_GID = 15,
    REFUSED_BANNED = 16,
    REFUSALS
};

struct scribe_login { /* sent whole */
    struct message_head head;
    uint64_t cell;
    uint32_t refusal; /* enum refusal; REFUSED_NOT: logged in */
    uint32_t error;   /* errno, REFUSED_HOME */
    char name[NAME_ROOM];
};

enum { REPLY_ROOM = 160 };

struct scribe_refused {
    struct message_head head;
    struct sockaddr_storage peer;
    char reply[REPLY_ROOM]; /* "421 Too many ..."; sent up to and with its NUL */
};

struct scribe_left {
    struct message_head head;
    uint64_t bytes_up;
    uint64_t bytes_down;
    uint32_t files_up;
    uint32_t files_down;
    uint32_t reason; /* enum left_reason */
    uint32_t reserved;
};

enum left_reason {
    LEFT_QUIT = 1,
    LEFT_CLOSED = 2,
    LEFT_IDLE = 3,
    LEFT_LOGIN_TIMEOUT = 4,
    LEFT_FAILURES = 5,
    LEFT_STOPPED = 6,
    LEFT_PROTOCOL = 7,
    LEFT_ERROR = 8
};

#endif
