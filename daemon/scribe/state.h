/* state.h - what the scribe knows; private to daemon/scribe/. */
#ifndef SCRIBE_STATE_H
#define SCRIBE_STATE_H

#include "daemon/protocol/from_master.h"
#include "daemon/protocol/to_net.h"
#include "daemon/protocol/to_scribe.h"
#include "daemon/config/config.h"
#include "daemon/scribe/event.h"
#include "daemon/scribe/ration.h"
#include "daemon/scribe/sink.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/* What may come on a channel depends on who is at its other end (record.c's table). */
enum sender {
    SENDER_NET = 1,
    SENDER_JAIL = 2,
    SENDER_AUTH = 4,
    SENDER_SHARED = 8,
    SENDER_CONTROL = 16,
    SENDER_MASTER = 32,
    SENDERS = 63, /* all of them */
};

/* What a session is at, as its NET tells. */
struct doing {
    int64_t told_ms;
    int64_t transfer_ms;
    uint64_t bytes, size, rate;
    uint32_t state; /* enum session_state */
    uint32_t tls;
    char command[CONTROL_VERB_ROOM];
    char path[CONTROL_PATH_ROOM];
};

struct cell_facts {
    uint64_t number;
    uint64_t session; /* 0: no client yet */
    int32_t pid;      /* of its NET */
    uint32_t listener;
    struct sockaddr_storage peer;
    int64_t since_ms;     /* when the master told of its client, monotonic */
    char user[NAME_ROOM]; /* empty: not logged in */
    struct doing *doing;  /* NULL: nothing told yet */
    bool net_open;        /* its NET lives */
    bool greeted;         /* 220 was said */
    bool connect_said;    /* the line of its connection is written (law M2: a probe has none) */
    bool left_said;
    bool gone;         /* FM_GONE has come */
    bool ended;        /* its channels were open and are no more */
    unsigned channels; /* that are open */
    struct rations rations;
    struct cell_facts *next; /* of its bucket */
};

struct channel {
    int fd; /* -1: at its end, freed when the turn is over */
    enum sender sender;
    const char *process; /* "net", "auth", ... */
    int32_t pid;
    struct cell_facts *cell; /* NULL: a shared process or the master */
    struct rations rations;  /* of a shared process; cells have their own */
    struct channel *next;
};

enum { BUCKETS = 1024 };

/* What was seen, for wardctl. */
struct totals {
    int64_t since_ms;
    uint64_t sessions, logins, refused_logins, files_up, files_down, failed_transfers, bytes_up, bytes_down;
};

struct scribe {
    struct config *config;
    int epoll;
    bool master_gone;
    int64_t now; /* monotonic ms, of this turn */
    int64_t reopen_asked_ms;
    struct sink log, xferlog;
    struct totals totals;
    struct cell_facts *cells[BUCKETS];
    struct channel *channels;
    struct channel *auth; /* NULL: none */
    struct address_rations *addresses;
    int64_t left_out_due_ms;   /* when to tell what was left out; 0: nothing was */
    uint32_t waiting_connects; /* greeted, and their line is not written yet */
    uint32_t ended_cells;      /* kept for what the master has to say of them */
    bool to_sweep;             /* a channel or a cell has ended in this turn */
};

/* run.c */
/* Reads what the master has said by now. */
void scribe_hear_master(struct scribe *scribe);
/* Reads what auth has said by now. */
void scribe_hear_auth(struct scribe *scribe);

/* channels.c */
struct cell_facts *known_cell(struct scribe *scribe, uint64_t number);
struct cell_facts *known_cell_or_new(struct scribe *scribe,
                                     uint64_t number); /* made where there is none; NULL: no memory */
bool channel_add(struct scribe *scribe, const struct fm_cell *message, int fd); /* takes fd */
void channel_end(struct scribe *scribe, struct channel *channel);
void channels_sweep(struct scribe *scribe);

/* record.c: serves at most `most` records of a channel. */
void channel_serve(struct scribe *scribe, struct channel *channel, unsigned most);

/* doing.c: what sessions are at, and who asks.  False: no memory. */
bool doing_take(struct scribe *scribe, struct cell_facts *cell, const struct scribe_doing *told);
void count_login(struct scribe *scribe, const struct scribe_login *login);
void count_transfer(struct scribe *scribe, const struct scribe_transfer *transfer);
/* Answers control on its channel. */
void answer_control(struct scribe *scribe, const struct channel *channel, const struct control_ask *ask);

/* write.c */
/* An event of now. */
void event_begin(struct event *event, enum log_level level, const char *name, int32_t pid);
/* Does the configuration want lines of this level? */
bool event_is_wanted(const struct scribe *scribe, enum log_level level);
/* Writes it, where its level is wanted.  cell: whose ration long lines are taken from; NULL: nobody's. */
void event_finish(struct scribe *scribe, struct cell_facts *cell, const struct event *event);
/* Lines of the log or the xferlog were lost. */
void tell_lost(struct scribe *scribe, const char *where, uint64_t lost, int error);

/* tell.c: writes lines. */
void tell_connect(struct scribe *scribe, struct cell_facts *cell); /* once */
void tell_overdue_connects(struct scribe *scribe);
void tell_login(struct scribe *scribe, struct cell_facts *cell, const struct scribe_login *login);
void tell_transfer(struct scribe *scribe, struct cell_facts *cell, const struct scribe_transfer *transfer);
void tell_left(struct scribe *scribe, struct cell_facts *cell, const struct scribe_left *left);
void tell_died(struct scribe *scribe, struct cell_facts *cell);
void tell_note(struct scribe *scribe, struct channel *channel, struct cell_facts *about, enum log_level level,
               const char *text);
void tell_refused_connection(struct scribe *scribe, const struct channel *channel,
                             const struct scribe_refused *refused);
void tell_violation(struct scribe *scribe, struct channel *channel, const char *what);
void tell_own(struct scribe *scribe, enum log_level level, const char *text);

/* A note of the scribe's own that no ration holds back; cell may be NULL. */
void tell_always(struct scribe *scribe, const struct cell_facts *cell, enum log_level level,
                 const char *text);

/* admit.c: rations. */
/* May a record of this kind be written?  Counts it where not.  cell may be NULL: then it is a shared process'. */
bool admit(struct scribe *scribe, struct channel *channel, struct cell_facts *cell, enum record_kind kind);
bool admit_address(struct scribe *scribe, const struct sockaddr_storage *peer, enum record_kind kind);
/* What was left out of a session that ends; and of all, where it is time. */
void tell_left_out_of(struct scribe *scribe, struct cell_facts *cell);
void tell_left_out(struct scribe *scribe);

#endif
