/* SPDX-License-Identifier: BSD-2-Clause */
/* cell.h - a cell: a NET and a JAIL, which serve one session and end. */
#ifndef MASTER_CELL_H
#define MASTER_CELL_H

#include "daemon/master/child.h"
#include "daemon/master/per_address.h"
#include "daemon/master/throttle.h"
#include "daemon/protocol/message.h"
#include "daemon/protocol/to_net.h"

#include <stdbool.h>
#include <stdint.h>

enum cell_state { CELL_STARTING, CELL_IDLE, CELL_BUSY, CELL_ENDING };

/* The shared processes' ends of a cell's channels, until they are handed over. */
struct cell_ends {
    int auth_net, auth_jail, dialer, keeper, scribe_net, scribe_jail;
};

struct cell {
    struct child net, jail;
    uint32_t starting;            /* bits of enum half: asked of their zygotes */
    struct cell_ends ends;        /* each -1 once it is handed over; but scribe_jail is kept */
    struct cell *previous, *next; /* in the list of its state */
    uint64_t number;
    enum cell_state state;
    int to_net; /* one way: the master never reads it */
    bool logged_in;
    bool end_wanted; /* the master ends it: neither a crash nor a young death */
    bool login_overdue;
    int64_t made_ms;
    int64_t kill_at_ms;    /* 0: never */
    uint32_t ends_missing; /* bits of enum shared_role: NET still needs a new end of its channel */
    uint64_t session;
    struct to_net_client client;   /* as NET got it, accepted_ms included */
    struct address_entry *address; /* NULL: it counts for none */
    char user[NAME_ROOM];          /* once logged in */
    char group[NAME_ROOM];         /* whose session it counts as; empty: no group's */
    char *home;                    /* the user's, for events; NULL: no memory, or not logged in */
};

struct cell_list {
    struct cell *first, *last; /* in order of arrival */
    uint32_t count;
};

struct cells {
    struct cell_list starting, idle, busy, ending; /* by state */
    uint64_t next_cell, next_session;
    struct throttle throttle; /* of making cells */
};

/* NULL: no memory. */
struct cells *cells_new(void);

/* A new one, starting.  NULL: no memory. */
struct cell *cell_new(struct master *master);
void cell_set_state(struct master *master, struct cell *cell, enum cell_state state);

/* Do both halves live?  *events: of poll for the client's socket, POLLRDHUP included. */
bool cell_is_whole(const struct cell *cell, int socket, short *events);

/* Hands the client over.  0 or -errno: -EPIPE where the cell has ended meanwhile. */
int cell_serve(struct master *master, struct cell *cell, const struct to_net_client *client,
               int socket);

/* Its client is logged in as this user, whose session counts for this group (empty: none). */
void cell_log_in(struct master *master, struct cell *cell, const char user[NAME_ROOM],
                 const char group[NAME_ROOM], const char *home);

/* Asks NET to end with a reply. */
void cell_stop(struct cell *cell, enum stop_kind kind, enum stop_reason reason);

/* The same, and kills it where it has not ended by then. */
void cell_kick(struct cell *cell, enum stop_reason reason, int64_t kill_at_ms);

/* Kills it. */
void cell_end(struct master *master, struct cell *cell);

/* The busy cell of a number, or NULL. */
struct cell *cell_find_busy(struct master *master, uint64_t number);

/* Stops the clients of this address or network that are not logged in. */
void cells_stop_banned(struct master *master, const struct address_entry *entry);

/* Is this process half of a cell? */
bool cells_have(const struct master *master, pid_t pid);

void cells_tick(struct master *master, int64_t now);

#endif
