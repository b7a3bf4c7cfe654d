/* SPDX-License-Identifier: BSD-2-Clause */
/* cell.h - what auth knows of one cell, and the table of all cells. */
#ifndef AUTH_CELL_H
#define AUTH_CELL_H

#include "common/hash_table.h"
#include "daemon/auth/attempt.h"
#include "daemon/auth/ledger.h"
#include "daemon/auth/per_user.h"
#include "daemon/auth/timers.h"
#include "daemon/auth/watch.h"

/* The state of a cell; single bits, because they are the phases of its borders. */
enum cell_state {
    CELL_NEW = 1 << 0,      /* no client yet */
    CELL_READY = 1 << 1,    /* its NET may ask */
    CELL_FILE = 1 << 2,     /* its log-in waits for the user file */
    CELL_QUEUED = 1 << 3,   /* ... for a hasher */
    CELL_HASHING = 1 << 4,  /* ... for the hasher's result */
    CELL_DELAYED = 1 << 5,  /* its log-in was refused; the answer waits */
    CELL_ENTERING = 1 << 6, /* its JAIL becomes the user */
    CELL_IN = 1 << 7,       /* logged in */
    CELL_OVER = 1 << 8,     /* its JAIL has ended */
    CELL_HOMELESS = 1 << 9, /* its JAIL waits for the home to be made */
};

/* What a logged-in cell's JAIL may ask about, and what it waits for (quota.c). */
struct quota {
    uint32_t asks;         /* enum jail_asks */
    struct ledger *ledger; /* NULL: none, or no memory for it */
    struct ledger_rules rules;
    struct lease lease;
    bool counts;          /* its JAIL counts the files */
    bool waits;           /* for the answer to a QUOTA_OPEN */
    struct quota_ask ask; /* that it waits for */
    struct user_share shares[RATE_DIRECTIONS];
};

struct cell {
    struct hash_node node;
    uint64_t number;
    struct end net, jail;
    enum cell_state state;
    bool has_client; /* then the master reports its end */
    bool tls_required;
    struct sockaddr_storage peer;
    struct key key;
    struct timer timer;
    uint32_t serial;                  /* of NET's question */
    uint32_t failures;                /* refused log-ins of this session */
    struct attempt *attempt;          /* from CELL_FILE until its answer, but CELL_DELAYED */
    struct user_count *counted;       /* as a session of its user ... */
    struct user_count *group_counted; /* ... and of its group */
    struct turn turn;                 /* to compute a checksum, among its user's sessions */
    bool orphan;                      /* it logged in at an earlier auth */
    struct quota quota;
    unsigned file;             /* its user file, once logged in */
    struct cell *next_waiting; /* of those whose quota.waits */
    struct cell *next_dead;
};

enum { CELL_BUCKETS = 4096 };

struct cell_table {
    struct hash_table by_number;
    struct hash_node *buckets[CELL_BUCKETS];
    struct cell *dead; /* to be freed at the end of the turn */
    size_t open_ends;  /* channels of cells */
    int epoll;         /* that contains these */
};

void cells_init(struct cell_table *table, int epoll);

struct cell *cell_find(struct cell_table *table, uint64_t number);
/* The cell with this number, created if necessary; NULL: no memory. */
struct cell *cell_get(struct cell_table *table, uint64_t number);
/* Sets the channel of this end. */
void cell_take_end(struct cell_table *table, struct cell *cell, struct end *end, int fd);
void cell_close_end(struct cell_table *table, struct end *end);
/* Its memory is freed at the end of the turn, because an event of this turn may still refer to
 * it. */
void cell_forget(struct cell_table *table, struct cell *cell);
void cells_sweep(struct cell_table *table);

#endif
