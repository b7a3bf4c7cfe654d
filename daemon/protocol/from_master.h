/* SPDX-License-Identifier: BSD-2-Clause */
/* from_master.h - what the master sends to auth, dialer, keeper and scribe, each
 * over its one channel to the master.  A shared process reads all messages on
 * this channel before it serves a cell, so it knows a cell's address before
 * the cell's first request (the master sends it before it hands the client to
 * NET).  End of file means that the master is gone: the process serves the
 * remaining cells and exits with the last of them. */
#ifndef PROTOCOL_FROM_MASTER_H
#define PROTOCOL_FROM_MASTER_H

#include "daemon/protocol/errand.h"
#include "daemon/protocol/rows.h"

#include <netinet/in.h>

/* After the handler: who gets it.  `both` is the part that the dialer and the keeper
 * share (serving.h); the columns `dialer` and `keeper` are for one of them only.
 *
 *   HALVES       a new cell; with this process's ends of the channels to NET and to JAIL
 *   CELL         a new cell; with this process's end of the channel to NET; to the scribe:
 *                a process that logs, see below
 *   ADDRESS      cell n has a client now
 *   USER         cell n is logged in as (also after a scribe's restart)
 *   CONFIG       a new configuration; with a sealed memfd that holds it (daemon/config/image.c)
 *   FILE         a file, opened by the master; with its fd
 *   GONE         cell n has ended, and how
 *   LOGGED_IN    to a restarted auth: cell n is logged in as name; it ends by GONE
 *   SCRIBE       the scribe was restarted: log over this end from now on; with its fd
 *   CONTROL      the master's answer to TM_CONTROL
 *   LINK         to control and auth: an end of the channel between them; to events: its end of the
 *                channel that the scribe sends events on; with its fd
 *   EVENTS       the scribe's end of that channel; with its fd
 *   NO_GROUPS    there is no group file
 *   ERRAND       auth's end of the channel of a process that it asked for; with its fd
 *   NO_ERRAND    there is no such process
 *   ADMITTED     to the dialer: cell n is logged in; to auth: the dialer knows it
 *   FINISH       a successor is about to come: begin nothing new, finish what was asked, then say TM_FINISHED
 *   LEAVE        hand everything over (hand_over.h), and exit
 *   PREDECESSOR  take everything over before serving; with the channel that it comes on
 *   METRICS      the answer to TM_METRICS, and to TM_CONTROL where it asks for them
 *   COUNTS       to a new scribe: what an earlier one has counted, to go on from */
/* clang-format off */
#define FROM_MASTER(ROW, MAKE)                                             /* auth    scribe  control both    dialer  keeper  resolver events  metrics */ \
    ROW(MAKE, FM_CELL,        1,  WHOLE(fm_cell),         1, ALWAYS, cell,      NO,     YES,    NO,     YES,    NO,     NO,     NO,       NO,     NO) \
    ROW(MAKE, FM_ADDRESS,     2,  WHOLE(fm_address),      0, ALWAYS, address,   YES,    YES,    NO,     NO,     YES,    NO,     NO,       NO,     NO) \
    ROW(MAKE, FM_USER,        3,  TEXT(fm_user, home),    0, ALWAYS, user,      NO,     YES,    NO,     NO,     NO,     NO,     NO,       NO,     NO) \
    ROW(MAKE, FM_CONFIG,      4,  WHOLE(message_head),    1, ALWAYS, config,    YES,    YES,    YES,    YES,    NO,     NO,     YES,      YES,    YES) \
    ROW(MAKE, FM_FILE,        5,  WHOLE(fm_file_message), 1, ALWAYS, file,      YES,    YES,    YES,    NO,     NO,     YES,    NO,       YES,    YES) \
    ROW(MAKE, FM_GONE,        6,  WHOLE(fm_gone),         0, ALWAYS, gone,      YES,    YES,    NO,     NO,     NO,     NO,     NO,       NO,     NO) \
    ROW(MAKE, FM_LOGGED_IN,   7,  WHOLE(fm_logged_in),    0, ALWAYS, logged_in, YES,    NO,     NO,     NO,     NO,     NO,     NO,       NO,     NO) \
    ROW(MAKE, FM_SCRIBE,      8,  WHOLE(message_head),    1, ALWAYS, scribe,    YES,    NO,     YES,    YES,    NO,     NO,     YES,      YES,    YES) \
    ROW(MAKE, FM_CONTROL,     9,  WHOLE(control_answer),  0, ALWAYS, answer,    NO,     NO,     YES,    NO,     NO,     NO,     NO,       NO,     NO) \
    ROW(MAKE, FM_LINK,        10, WHOLE(message_head),    1, ALWAYS, link,      YES,    NO,     YES,    NO,     NO,     NO,     NO,       YES,    NO) \
    ROW(MAKE, FM_NO_GROUPS,   11, WHOLE(message_head),    0, ALWAYS, no_groups, YES,    NO,     NO,     NO,     NO,     NO,     NO,       NO,     NO) \
    ROW(MAKE, FM_ADMITTED,    12, WHOLE(fm_admitted),     0, ALWAYS, admitted,  YES,    NO,     NO,     NO,     YES,    NO,     NO,       NO,     NO) \
    ROW(MAKE, FM_HALVES,      13, WHOLE(fm_halves),       2, ALWAYS, halves,    YES,    YES,    NO,     NO,     NO,     NO,     NO,       NO,     NO) \
    ROW(MAKE, FM_EVENTS,      14, WHOLE(message_head),    1, ALWAYS, events,    NO,     YES,    NO,     NO,     NO,     NO,     NO,       NO,     NO) \
    ROW(MAKE, FM_METRICS,     15, WHOLE(control_metrics), 0, ALWAYS, metrics,   NO,     NO,     YES,    NO,     NO,     NO,     NO,       NO,     YES) \
    ROW(MAKE, FM_COUNTS,      16, WHOLE(counts),          0, ALWAYS, counts,    NO,     YES,    NO,     NO,     NO,     NO,     NO,       NO,     NO) \
    ROW(MAKE, FM_FINISH,      30, WHOLE(message_head),    0, ALWAYS, finish,    YES,    YES,    YES,    YES,    NO,     NO,     NO,       YES,    NO) \
    ROW(MAKE, FM_LEAVE,       31, WHOLE(message_head),    0, ALWAYS, leave,     YES,    YES,    YES,    YES,    NO,     NO,     NO,       YES,    NO) \
    ROW(MAKE, FM_PREDECESSOR, 32, WHOLE(message_head),    1, ALWAYS, predecessor,YES,    YES,    YES,    YES,    NO,     NO,     NO,       YES,    NO) \
    ROW(MAKE, FM_ERRAND,      20, WHOLE(message_head),    1, ALWAYS, errand,    YES,    NO,     NO,     NO,     NO,     NO,     NO,       NO,     NO) \
    ROW(MAKE, FM_NO_ERRAND,   21, WHOLE(fm_no_errand),    0, ALWAYS, no_errand, YES,    NO,     NO,     NO,     NO,     NO,     NO,       NO,     NO)
/* clang-format on */

/* The lists of each. */
#define MASTER_TO_AUTH(MAKE)     FROM_MASTER(FM_TO_AUTH, MAKE)
#define MASTER_TO_SCRIBE(MAKE)   FROM_MASTER(FM_TO_SCRIBE, MAKE)
#define MASTER_TO_CONTROL(MAKE)  FROM_MASTER(FM_TO_CONTROL, MAKE)
#define MASTER_TO_BOTH(MAKE)     FROM_MASTER(FM_TO_BOTH, MAKE)
#define MASTER_TO_DIALER(MAKE)   FROM_MASTER(FM_TO_DIALER, MAKE)
#define MASTER_TO_KEEPER(MAKE)   FROM_MASTER(FM_TO_KEEPER, MAKE)
#define MASTER_TO_RESOLVER(MAKE) FROM_MASTER(FM_TO_RESOLVER, MAKE)
#define MASTER_TO_EVENTS(MAKE)   FROM_MASTER(FM_TO_EVENTS, MAKE)
#define MASTER_TO_METRICS(MAKE)  FROM_MASTER(FM_TO_METRICS, MAKE)

#define FM_TO_AUTH(MAKE, name, number, shape, fds, phases, handler, auth, ...)                     \
    BORDER_IF_##auth(MAKE(name, number, shape, fds, phases, handler))
#define FM_TO_SCRIBE(MAKE, name, number, shape, fds, phases, handler, auth, scribe, ...)           \
    BORDER_IF_##scribe(MAKE(name, number, shape, fds, phases, handler))
#define FM_TO_CONTROL(MAKE, name, number, shape, fds, phases, handler, auth, scribe, control, ...) \
    BORDER_IF_##control(MAKE(name, number, shape, fds, phases, handler))
#define FM_TO_BOTH(MAKE, name, number, shape, fds, phases, handler, auth, scribe, control, both,   \
                   ...)                                                                            \
    BORDER_IF_##both(MAKE(name, number, shape, fds, phases, handler))
#define FM_TO_DIALER(MAKE, name, number, shape, fds, phases, handler, auth, scribe, control, both, \
                     dialer, ...)                                                                  \
    BORDER_IF_##dialer(MAKE(name, number, shape, fds, phases, handler))
#define FM_TO_KEEPER(MAKE, name, number, shape, fds, phases, handler, auth, scribe, control, both, \
                     dialer, keeper, ...)                                                          \
    BORDER_IF_##keeper(MAKE(name, number, shape, fds, phases, handler))
#define FM_TO_RESOLVER(MAKE, name, number, shape, fds, phases, handler, auth, scribe, control,     \
                       both, dialer, keeper, resolver, ...)                                        \
    BORDER_IF_##resolver(MAKE(name, number, shape, fds, phases, handler))
#define FM_TO_EVENTS(MAKE, name, number, shape, fds, phases, handler, auth, scribe, control, both, \
                     dialer, keeper, resolver, events, ...)                                        \
    BORDER_IF_##events(MAKE(name, number, shape, fds, phases, handler))
#define FM_TO_METRICS(MAKE, name, number, shape, fds, phases, handler, auth, scribe, control,      \
                      both, dialer, keeper, resolver, events, metrics)                             \
    BORDER_IF_##metrics(MAKE(name, number, shape, fds, phases, handler))

#define FM_TO_ANY(MAKE, ...) MAKE(__VA_ARGS__)
enum from_master { FROM_MASTER(FM_TO_ANY, BORDER_TYPE) FM_GREET = 40 };

/* The list of the greeter.
 *
 *   GREET        read the PROXY header of this connection; with a copy of its socket
 *   CONFIG       as above; it needs nothing of it */
/* clang-format off */
#define MASTER_TO_GREETER(MAKE)                                         \
    MAKE(FM_GREET,  40, WHOLE(fm_greet),     1, ALWAYS, greet)          \
    MAKE(FM_CONFIG, 4,  WHOLE(message_head), 1, ALWAYS, config)
/* clang-format on */

enum {
    GREETINGS_MAX = 256, /* connections whose header is awaited */
    GREETING_MS = 3000,  /* for a header to come */
};

/* FM_GREET */
struct fm_greet {
    struct message_head head;
    uint64_t number; /* of the connection, never used twice */
};

/* Which process is at the other end of FM_CELL's channel.  The scribe also gets, as
 * cell 0, the channels of the shared processes (FM_END_SHARED + enum shared_role), of
 * the zygotes and of the master. */
enum fm_end {
    FM_END_NET = 0,
    FM_END_JAIL = 1,
    FM_END_SHARED = 100,
    FM_END_ERRAND = 197,
    FM_END_ZYGOTE = 198,
    FM_END_MASTER = 199
};
/* with one fd: this process' end of the channel */
struct fm_cell {
    struct message_head head;
    uint64_t cell; /* number of the cell, never used twice */
    uint32_t end;  /* enum fm_end */
    int32_t pid;   /* of the process at the other end */
};
/* with two fds: this process' ends of the channels to NET and to JAIL */
struct fm_halves {
    struct message_head head;
    uint64_t cell;
    int32_t net_pid, jail_pid;
};

struct fm_address {
    struct message_head head;
    uint64_t cell;
    uint64_t session;  /* number of the session: as logs show it */
    uint32_t listener; /* index into config.listeners */
    uint32_t reserved;
    int64_t accepted_ms; /* CLOCK_MONOTONIC */
    struct sockaddr_storage peer;
    struct sockaddr_storage local;
};
/* FM_USER */
struct fm_user {
    struct message_head head;
    uint64_t cell;
    char name[NAME_ROOM];
    char home[HOME_ROOM]; /* for events; sent up to and with its NUL */
};
/* FM_ADMITTED */
struct fm_admitted {
    struct message_head head;
    uint64_t cell;
};
/* FM_LOGGED_IN: as auth's tm_logged_in had it */
struct fm_logged_in {
    struct message_head head;
    uint64_t cell;
    char name[NAME_ROOM];
    char group[NAME_ROOM];
};

enum fm_file {
    FM_FILE_USERS = 1,
    FM_FILE_GROUPS = 2,
    FM_FILE_LOG = 3,
    FM_FILE_XFERLOG = 4,
    FM_FILE_SYSLOG = 5,
    FM_FILE_STATE = 6,
    FM_FILE_KEY = 7,
    FM_FILE_EVENTS = 12,  /* to events: events_socket, bound and listening */
    FM_FILE_METRICS = 13, /* to metrics: its listener, which replaces the one before */
    FM_FILE_HEADS = 11,   /* to the scribe: syslog, for the heads of a chained log */
    FM_FILE_QUOTAS = 9,   /* to auth: the ledgers, to read and write */
    FM_FILE_BOOT = 10,    /* to auth: the kernel's boot_id */
    FM_FILE_CONTROL = 8   /* to control: the socket that wardctl connects to, bound and listening */
};

struct fm_file_message {
    struct message_head head;
    uint32_t which; /* enum fm_file */
    uint32_t index; /* FM_FILE_USERS: 0, or 1 + index of the [host NAME] section; keys likewise */
};

enum gone_reason { GONE_ENDED = 0, GONE_CRASHED = 1, GONE_KILLED = 2, GONE_LOGIN_TIMEOUT = 3 };

struct fm_gone {
    struct message_head head;
    uint64_t cell;
    uint32_t reason;     /* enum gone_reason */
    int32_t wait_status; /* of the half that crashed */
};

/* What the shared processes send to the master, on the same channel; the dialer
 * sends nothing.  The master accepts only what is in this list.  The phase is the
 * sender; after the handler comes the function that checks the meaning (validate.h).
 *
 *   LOGGED_IN        cell n is logged in as name
 *   USERS_CHANGED    the user file was replaced; open it again
 *   BAN              refuse this address until ...
 *   REOPEN           the log's socket is dead; open it again
 *   STATE_BAD        the state file is damaged; open another
 *   REFUSED          the scribe's last message, as it can't log it
 *   CONTROL          what an administrator asks; answered by FM_CONTROL
 *   ERRAND           start a process that does one thing (errand.h); answered by FM_ERRAND
 *   KEY              whether the keeper has the key of an FM_FILE
 *   RESOLVED         the address of a host name of passive_address
 *   GREETED          what the PROXY header of an FM_GREET says
 *   FINISHED         nothing is under way since FM_FINISH
 *   COUNTS           what the scribe has counted, at most once a second
 *   METRICS          what metrics asks; answered by FM_METRICS */
/* clang-format off */
#define TO_MASTER(ROW)                                                                                               \
    ROW(TM_LOGGED_IN,     1, TEXT(tm_logged_in, home), 0, FROM_AUTH, logged_in,     logged_in)                       \
    ROW(TM_USERS_CHANGED, 2, WHOLE(message_head), 0, FROM_AUTH,    users_changed, nothing)                           \
    ROW(TM_BAN,           3, WHOLE(tm_ban),       0, FROM_AUTH,    ban,           ban)                               \
    ROW(TM_REOPEN,        4, WHOLE(message_head), 0, FROM_SCRIBE,  reopen,        nothing)                           \
    ROW(TM_STATE_BAD,     5, WHOLE(message_head), 0, FROM_AUTH,    state_bad,     nothing)                           \
    ROW(TM_REFUSED,       6, WHOLE(tm_refused),   0, FROM_SCRIBE,  refused,       nothing)                           \
    ROW(TM_CONTROL,       7, WHOLE(control_ask),  0, FROM_CONTROL, control,       control_ask)                       \
    ROW(TM_KEY,           8, WHOLE(tm_key),       0, FROM_KEEPER,  key,           nothing)                           \
    ROW(TM_RESOLVED,      9, WHOLE(tm_resolved),  0, FROM_RESOLVER, resolved,     resolved)                          \
    ROW(TM_COUNTS,       10, WHOLE(counts),       0, FROM_SCRIBE,  counts,        nothing)                           \
    ROW(TM_METRICS,      11, WHOLE(message_head), 0, FROM_METRICS, metrics,       nothing)                           \
    ROW(TM_FINISHED,     15, WHOLE(message_head), 0, FROM_ANY,     finished,      nothing)                           \
    ROW(TM_GREETED,      16, WHOLE(tm_greeted),   0, FROM_GREETER, greeted,       greeted)                           \
    ROW(TM_ERRAND,       20, WHOLE(tm_errand),    0, FROM_AUTH,    errand,        errand)
/* clang-format on */

enum to_master { TO_MASTER(BORDER_TYPE) };

/* The scribe's filter has refused a system call, and ends the scribe. */
struct tm_refused {
    struct message_head head;
    uint32_t call;
    uint32_t reserved;
};

struct tm_key {
    struct message_head head;
    uint32_t index;  /* of the FM_FILE */
    uint32_t failed; /* 0: it signs with this key from now on */
};

struct tm_resolved {
    struct message_head head;
    uint32_t address; /* IPv4, in network order; public */
    uint32_t reserved;
    char name[HOST_ROOM];
};

/* What the greeter found at the beginning of a connection. */
enum greeting {
    GREETING_PENDING = 0, /* never sent */
    GREETING_CLIENT,      /* a client's connection */
    GREETING_LOCAL,       /* the balancer's own */
    GREETING_BAD,         /* no header, or a wrong one */
    GREETING_LATE,        /* none in GREETING_MS */
    GREETING_ENDED,       /* the connection has ended before */
    GREETINGS
};

struct tm_greeted {
    struct message_head head;
    uint64_t number; /* of the FM_GREET */
    uint32_t found;  /* enum greeting */
    uint32_t reserved;
    struct sockaddr_storage source, destination; /* of a client's connection, otherwise zero */
};

struct tm_logged_in {
    struct message_head head;
    uint64_t cell;
    uint32_t uid;
    uint32_t reserved;
    char name[NAME_ROOM];
    char group[NAME_ROOM]; /* whose session it counts as; empty: no group's */
    char home[HOME_ROOM];  /* sent up to and with its NUL */
};

struct tm_ban {
    struct message_head head;
    struct sockaddr_storage address; /* of IPv6 its network of so many bits: */
    uint32_t bits;                   /* 32, 64 or 48 */
    uint32_t seconds;                /* 0: lift the ban */
};

#endif
