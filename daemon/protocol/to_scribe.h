/* SPDX-License-Identifier: BSD-2-Clause */
/* to_scribe.h - the records that processes send to the scribe.  Only ASK is
 * answered.  A record of a cell says what happened; which session, address and
 * user it is about, the scribe knows from the channel and from what the master
 * and auth reported (invariant I9). */
#ifndef PROTOCOL_TO_SCRIBE_H
#define PROTOCOL_TO_SCRIBE_H

#include "common/sha256.h"
#include "daemon/protocol/control.h"
#include "daemon/protocol/events.h"
#include "daemon/protocol/reasons.h"
#include "daemon/protocol/rows.h"

/* The records; their phase is the set of senders (scribe/state.h).
 *
 *   NOTE        a line of text at a level
 *   TRANSFER    a transfer has ended
 *   LOGIN       cell n logged in, or was refused
 *   GREETED     220 was sent
 *   LEFT        the session ends; its counts
 *   ACTIVITY    what the session does; at most once a second
 *   ASK         a question: the one record that is answered
 *   REFUSED     a connection was refused
 *   TLS         the control connection is TLS now
 *   CHANGE      a file or directory was changed without a transfer
 *   DENIED      a command was refused
 *   FAILED      a handshake or a data connection failed
 *   TRACE       a line of the protocol, of a session that is traced
 *   ADMIN       an administrator or the server itself did something */
/* clang-format off */
#define TO_SCRIBE(ROW)                                                                                               \
    ROW(SCRIBE_NOTE,     1, TEXT(scribe_note, text),     0, SENDERS,        note)                                    \
    ROW(SCRIBE_TRANSFER, 2, TEXT(scribe_transfer, path), 0, SENDER_NET,     transfer)                                \
    ROW(SCRIBE_LOGIN,    3, WHOLE(scribe_login),         0, SENDER_AUTH,    login)                                   \
    ROW(SCRIBE_GREETED,  4, WHOLE(message_head),         0, SENDER_NET,     greeted)                                 \
    ROW(SCRIBE_LEFT,     5, WHOLE(scribe_left),          0, SENDER_NET,     left)                                    \
    ROW(SCRIBE_ACTIVITY, 6, TEXT(scribe_activity, path), 0, SENDER_NET,     activity)                                 \
    ROW(SCRIBE_ASK,      7, WHOLE(control_ask),          0, SENDER_CONTROL, ask)                                     \
    ROW(SCRIBE_REFUSED,  8, TEXT(scribe_refused, reply), 0, SENDER_MASTER,  refused)                                 \
    ROW(SCRIBE_TLS,      9, WHOLE(scribe_tls),           0, SENDER_NET,     tls)                                     \
    ROW(SCRIBE_CHANGE,  10, TEXT(scribe_change, paths),  0, SENDER_JAIL,    change)                                  \
    ROW(SCRIBE_DENIED,  11, TEXT(scribe_denied, path),   0, SENDER_NET,     denied)                                  \
    ROW(SCRIBE_FAILED,  12, TEXT(scribe_failed, text),   0, SENDER_NET,     failed)                                  \
    ROW(SCRIBE_ADMIN,   13, TEXT(scribe_admin, text),    0, SENDER_MASTER | SENDER_AUTH, admin)                      \
    ROW(SCRIBE_TRACE,   14, TEXT(scribe_trace, line),    0, SENDER_NET,     trace)
/* clang-format on */

enum to_scribe { TO_SCRIBE(BORDER_TYPE) };

enum { NOTE_ROOM = 1024 };

struct scribe_note {
    struct message_head head;
    uint64_t cell;  /* shared processes: the cell it is about, or 0; a cell's own is ignored */
    uint32_t level; /* enum log_level */
    uint32_t lost;  /* so many records of this sender before it; 0: none */
    char text[NOTE_ROOM]; /* sent up to and with its NUL; escaped by the scribe (law M3) */
};

enum transfer_kind {
    TRANSFER_DOWNLOAD = 1,
    TRANSFER_UPLOAD = 2,
    TRANSFER_APPEND = 3,
    TRANSFER_LISTING = 4
};

struct scribe_transfer {
    struct message_head head;
    uint64_t bytes;        /* over the data connection */
    uint64_t microseconds; /* from the 150 to the last reply */
    uint32_t kind;         /* enum transfer_kind */
    uint32_t complete;     /* 1: 226 was said */
    uint32_t ascii;        /* 1: type A */
    uint32_t reply;        /* code of the last reply */
    uint32_t digested;     /* 1: digest is that of the file (upload_checksum) */
    uint32_t reserved;
    unsigned char digest[SHA256_SIZE];
    char path[PATH_ROOM]; /* sent up to and with its NUL */
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

/* sent whole */
struct scribe_login {
    struct message_head head;
    uint64_t cell;
    uint64_t milliseconds; /* since NET asked */
    uint32_t refusal;      /* enum refusal; REFUSED_NOT: logged in */
    uint32_t error;        /* errno, REFUSED_HOME */
    uint32_t limit;        /* enum limit, REFUSED_LIMIT */
    uint32_t tls;          /* 0, 1: of the control connection */
    char name[NAME_ROOM];
};

enum { REPLY_ROOM = 160 };

struct scribe_refused {
    struct message_head head;
    struct sockaddr_storage peer;
    uint32_t limit; /* enum limit */
    uint32_t reserved;
    /* "421 Too many ..."; empty: none was sent; sent up to and with its NUL */
    char reply[REPLY_ROOM];
};

enum { TLS_WORD_ROOM = 64 };
/* sent whole */
struct scribe_tls {
    struct message_head head;
    uint32_t resumed; /* 0, 1 */
    uint32_t reserved;
    char version[TLS_WORD_ROOM];
    char cipher[TLS_WORD_ROOM];
    char alpn[TLS_WORD_ROOM];    /* empty: none */
    char server_name[HOST_ROOM]; /* SNI; empty: none */
    char subject[NAME_ROOM];     /* of the client's certificate; empty: none */
};

struct scribe_change {
    struct message_head head;
    uint64_t bytes;  /* EVENT_DELETE: size of the file */
    int64_t seconds; /* EVENT_TIMES: since the epoch */
    uint32_t event;  /* enum event_id: EVENT_DELETE to EVENT_TIMES */
    uint32_t mode;   /* EVENT_CHMOD: 0..0777 */
    /* EVENT_RENAME: paths is the old path and, behind so many bytes, the new one */
    uint32_t from_length;
    uint32_t reserved;
    char paths[2 * PATH_ROOM]; /* sent up to and with its NUL */
};

/* Why a command was refused, where neither an errno nor an enum jail_error says it. */
enum { DENIED_COMMAND = 8192, DENIED_RIGHT = 8193, DENIED_END };

struct scribe_denied {
    struct message_head head;
    uint32_t reply; /* the code */
    uint32_t error; /* errno, enum jail_error, or one of the above */
    char command[CONTROL_VERB_ROOM];
    char path[PATH_ROOM]; /* absolute; empty: the command has none; sent up to and with its NUL */
};

struct scribe_failed {
    struct message_head head;
    uint32_t why;   /* enum failure_why */
    uint32_t error; /* errno, or 0 */
    uint32_t path;  /* 1: text is the path of the transfer; 0: it says more about why */
    uint32_t reserved;
    char text[PATH_ROOM]; /* sent up to and with its NUL */
};

struct scribe_trace {
    struct message_head head;
    uint32_t reply; /* 0: a command; 1: a line of a reply */
    uint32_t reserved;
    char line[NOTE_ROOM]; /* cut where it is longer; sent up to and with its NUL */
};

enum { ADMIN_TEXT_ROOM = 256 };

struct scribe_admin {
    struct message_head head;
    uint64_t number;                 /* KICK, STOP: sessions; BAN: seconds */
    uint64_t session;                /* KICK by session; else 0 */
    struct sockaddr_storage address; /* BAN, UNBAN, KICK by address; else of family 0 */
    uint32_t event;                  /* enum event_id: EVENT_KICK to EVENT_STOP */
    /* BAN, UNBAN: 1 by hand; RELOAD: 1 done; LOG_LEVEL: the level; STOP: enum stop_how */
    uint32_t value;
    uint32_t bits; /* BAN, UNBAN: of the address */
    uint32_t reserved;
    char name[NAME_ROOM];       /* KICK by user; else empty */
    char text[ADMIN_TEXT_ROOM]; /* for people; sent up to and with its NUL */
};

enum stop_how { STOP_DRAINING, STOP_STOPPING, STOP_STOPPED, STOP_HOWS };

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
