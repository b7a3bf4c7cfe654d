/* SPDX-License-Identifier: BSD-2-Clause */
/* state.h - the scribe's state; private to daemon/scribe/. */
#ifndef SCRIBE_STATE_H
#define SCRIBE_STATE_H

#include "daemon/protocol/from_master.h"
#include "daemon/protocol/to_events.h"
#include "daemon/protocol/to_net.h"
#include "daemon/protocol/to_scribe.h"
#include "daemon/config/config.h"
#include "common/hash_table.h"
#include "common/log_chain.h"
#include "daemon/scribe/counters.h"
#include "daemon/scribe/event.h"
#include "daemon/scribe/ration.h"
#include "daemon/scribe/refusals.h"
#include "daemon/scribe/sink.h"
#include "daemon/scribe/traced.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/* Who sends on a channel decides which records it may carry (record.c). */
enum sender {
    SENDER_NET = 1,
    SENDER_JAIL = 2,
    SENDER_AUTH = 4,
    SENDER_SHARED = 8,
    SENDER_CONTROL = 16,
    SENDER_MASTER = 32,
    SENDERS = 63, /* all of them */
};

/* What a session does, as its NET reports it. */
struct activity {
    int64_t reported_ms;
    int64_t transfer_ms;
    uint64_t bytes, size, rate;
    uint32_t state; /* enum session_state */
    uint32_t tls;
    char command[CONTROL_VERB_ROOM];
    char path[CONTROL_PATH_ROOM];
};

struct cell_facts {
    struct hash_node node;
    uint64_t number;
    uint64_t session; /* 0: no client yet */
    int32_t pid;      /* of its NET */
    uint32_t listener;
    struct sockaddr_storage peer;
    int64_t since_ms;          /* when its client was accepted, monotonic */
    char user[NAME_ROOM];      /* empty: not logged in */
    char *home;                /* the user's, for events; NULL: unknown */
    struct activity *activity; /* NULL: nothing reported yet */
    bool net_open;             /* its NET is running */
    bool greeted;              /* the 220 was sent */
    bool connect_logged;       /* the connect line is written (law M2: a probe has none) */
    bool leave_logged;
    bool gone;            /* FM_GONE was received */
    bool ended;           /* all its channels were open and are closed */
    struct channel *jail; /* of its JAIL; NULL: none */
    unsigned channels;    /* open ones */
    struct rations rations;
};

struct channel {
    int fd; /* -1: closed; freed at the end of the turn */
    enum sender sender;
    const char *process; /* "net", "auth", ... */
    uint32_t end;        /* enum fm_end */
    int32_t pid;
    struct cell_facts *cell; /* NULL: a shared process or the master */
    struct rations rations;  /* of a shared process; cells have their own */
    struct channel *next;
};

enum { CELL_BUCKETS = 1024 };

/* Totals for wardctl stats. */
struct totals {
    int64_t since_ms;
    uint64_t sessions, logins, refused_logins, files_up, files_down, failed_transfers, bytes_up,
        bytes_down;
};

/* The events that the process events passes to its readers: kept in a buffer until its channel
 * has room, so that the scribe never waits for it.  What does not fit is counted, and readers get a
 * gap (rule E1). */
/* Lines are collected for a moment, and sent together; the first one after a pause at once. */
enum { FEED_ROOM = 1024 * 1024, FEED_PAUSE_MS = 20, FEED_SOON = FEED_ROOM / 16 };

struct feed {
    int fd;        /* to events; -1: none */
    bool blocked;  /* the channel is full: EPOLLOUT is watched */
    char *pending; /* whole lines; NULL: none yet */
    size_t length;
    uint32_t gaps;              /* bits of enum gap_reason: to be reported */
    uint64_t lost[GAP_REASONS]; /* 0: unknown */
    uint64_t lost_ever;
    int64_t sent_ms; /* when lines were sent last */
};

struct scribe {
    struct config *config;
    int epoll;
    bool master_gone;
    int64_t now; /* monotonic ms, of this turn */
    int64_t reopen_asked_ms;
    struct sink log, xferlog;
    struct sink heads; /* syslog, where the log is a chained file (chain.c) */
    struct log_chain chain;
    int64_t head_due_ms;
    struct feed feed;
    struct totals totals;
    struct counters counters;
    int64_t login_ms; /* of the last log-in; 0: none yet */
    struct refusals refusals;
    struct traced traced;
    struct hash_table cells; /* by number */
    struct hash_node *cell_buckets[CELL_BUCKETS];
    struct channel *channels;
    struct channel *auth; /* NULL: none */
    struct address_rations *addresses;
    int64_t left_out_due_ms;   /* when to report what was left out; 0: nothing was */
    uint32_t waiting_connects; /* greeted sessions without a connect line yet */
    uint32_t ended_cells;      /* kept until the master reports their end */
    bool to_sweep;             /* a channel or cell ended in this turn */
};

/* run.c */
/* Reads all pending messages of the master. */
void scribe_read_master(struct scribe *scribe);
/* Reads pending records of auth. */
void scribe_read_auth(struct scribe *scribe);

/* channels.c */
struct cell_facts *known_cell(struct scribe *scribe, uint64_t number);
/* creates it if needed; NULL: no memory */
struct cell_facts *known_cell_or_new(struct scribe *scribe, uint64_t number);
bool channel_add(struct scribe *scribe, const struct fm_cell *message, int fd); /* takes fd */
void channel_end(struct scribe *scribe, struct channel *channel);
void channels_sweep(struct scribe *scribe);

/* record.c: reads at most `most` records from a channel. */
void channel_serve(struct scribe *scribe, struct channel *channel, unsigned most);

/* activity.c: can the log not be opened, and is syslog, or nothing, used instead? */
bool scribe_log_is_replaced(const struct scribe *scribe);
/* False: no memory. */
bool activity_take(struct scribe *scribe, struct cell_facts *cell,
                   const struct scribe_activity *report);
void count_login(struct scribe *scribe, const struct scribe_login *login);
void count_transfer(struct scribe *scribe, const struct scribe_transfer *transfer);
/* Answers control's question on its channel. */
void answer_control(struct scribe *scribe, const struct channel *channel,
                    const struct control_ask *ask);

/* feed.c */
/* A new channel; takes fd.  False: it can't be watched.  And none, as events_socket is no longer
 * set. */
bool feed_open(struct scribe *scribe, int fd);
void feed_close(struct scribe *scribe);

/* In the successor of a scribe: lines that it had not sent.  False: too many. */
bool feed_adopt(struct scribe *scribe, const char *bytes, size_t n);

/* Do readers get this event? */
bool feed_wants(const struct scribe *scribe, enum event_id id);

/* Adds an event; cell: whose home is added to what is about its user; NULL: none. */
void feed_add(struct scribe *scribe, struct cell_facts *cell, const struct event *event);

/* Some records never reached the scribe; lost: how many, or 0. */
void feed_gap(struct scribe *scribe, enum gap_reason reason, uint64_t lost);

/* When feed_tick() is due; INT64_MAX: it is not. */
int64_t feed_due(const struct scribe *scribe);
/* Sends what the channel takes, if it is due. */
void feed_tick(struct scribe *scribe);
/* At the end: all of it, if that takes no longer than a second. */
void feed_finish(struct scribe *scribe);

/* write.c */
/* Starts an event at the current time. */
void event_begin(struct event *event, enum event_id id, int32_t pid);
/* Does log_level include this level?  And does the log, or events_socket, take this event? */
bool level_is_wanted(const struct scribe *scribe, enum log_level level);
bool event_is_wanted(const struct scribe *scribe, enum event_id id);
/* Writes the event to the log and to the readers of events, as far as they want it.  cell: whose ration long lines count against; NULL:
 * none. */
void event_finish(struct scribe *scribe, struct cell_facts *cell, const struct event *event);
/* Logs how many lines of the log or the xferlog were lost. */
void emit_lost(struct scribe *scribe, const char *where, uint64_t lost, int error);

/* One function for each kind of line.  emit.c: */
void emit_connect(struct scribe *scribe, struct cell_facts *cell); /* once */
/* The reason of a refused log-in, in one word. */
const char *refusal_word(const struct scribe_login *login);
void emit_overdue_connects(struct scribe *scribe);
void emit_login(struct scribe *scribe, struct cell_facts *cell, const struct scribe_login *login);
void emit_left(struct scribe *scribe, struct cell_facts *cell, const struct scribe_left *left);
void emit_died(struct scribe *scribe, struct cell_facts *cell);
void emit_tls(struct scribe *scribe, struct cell_facts *cell, const struct scribe_tls *tls);
void emit_handshake_failed(struct scribe *scribe, struct cell_facts *cell,
                           const struct scribe_failed *failed);
void emit_trace(struct scribe *scribe, struct cell_facts *cell, const struct scribe_trace *trace);
/* emit_files.c: */
void emit_transfer(struct scribe *scribe, struct cell_facts *cell,
                   const struct scribe_transfer *transfer);
void emit_change(struct scribe *scribe, struct cell_facts *cell,
                 const struct scribe_change *change);
void emit_denied(struct scribe *scribe, struct cell_facts *cell,
                 const struct scribe_denied *denied);
void emit_data_failed(struct scribe *scribe, struct cell_facts *cell,
                      const struct scribe_failed *failed);
/* emit_server.c: */
void emit_note(struct scribe *scribe, struct channel *channel, struct cell_facts *about,
               enum log_level level, const char *text);
void emit_refused_connection(struct scribe *scribe, const struct channel *channel,
                             const struct scribe_refused *refused);
void emit_admin(struct scribe *scribe, struct channel *channel, const struct scribe_admin *admin);
void emit_violation(struct scribe *scribe, struct channel *channel, const char *what);
void emit_own(struct scribe *scribe, enum log_level level, const char *text);

/* A note of the scribe itself, not limited by rations; cell may be NULL. */
void emit_always(struct scribe *scribe, const struct cell_facts *cell, enum log_level level,
                 const char *text);

/* admit.c: rations. */
/* May a record of this kind be written?  Counts it if not.  cell is NULL for a shared process's own
 * records. */
bool admit(struct scribe *scribe, struct channel *channel, struct cell_facts *cell,
           enum record_kind kind);
bool admit_address(struct scribe *scribe, const struct sockaddr_storage *peer,
                   enum record_kind kind);
/* left_out.c: logs what was left out: of a session that ends; of everything, when it is due. */
void emit_left_out_of(struct scribe *scribe, struct cell_facts *cell);
void emit_left_out(struct scribe *scribe);

#endif
