/* serving.h - the loop of a shared process that answers questions of NETs: the
 * dialer's and the keeper's.  It knows the cells by number and by channel,
 * hears the master to its end before it serves any of them, and ends with the
 * last cell when the master is gone.  (auth and the scribe have loops of their
 * own: they hear two kinds of ends, and timers.) */
#ifndef IPC_SERVING_H
#define IPC_SERVING_H

#include "daemon/ipc/channel.h"
#include "daemon/protocol/from_master.h"
#include "daemon/config/config.h"

#include <stdbool.h>
#include <stddef.h>

struct serving;

/* The first field of what a process keeps of a cell. */
struct served_cell {
    uint64_t number;
    int channel; /* -1: at its end, freed after the turn */
    struct serving *serving;
    struct served_cell *previous, *next; /* of all that are served, or of those at their end */
    struct served_cell *next_in_bucket;
};

enum { SERVED_BUCKETS = 1024 };

/* What one process does its own way. */
struct serving_kind {
    const char *name;
    size_t cell_size; /* of its struct, which begins with a served_cell; new ones are zeroed */
    const struct border_row *from_net; /* what its NETs may ask, and in which phase of a cell */
    size_t from_net_rows;
    size_t question_size; /* the largest */
    unsigned (*phase)(const struct served_cell *cell);
    void (*begin)(struct served_cell *cell); /* a new cell; NULL: nothing */
    /* MASTER_TO_BOTH and what it alone hears: the latter comes to on_master, whose fd is the handler's. */
    const struct border_row *from_master;
    size_t from_master_rows;
    void (*on_master)(struct serving *serving, const struct message_head *message, int fd);
    /* A question that has passed the table.  False: it is a violation, as `*why` says. */
    bool (*answer)(struct serving *serving, struct served_cell *cell, const void *question, const char **why);
};

struct serving {
    const struct serving_kind *kind;
    struct config *config;
    int epoll;
    bool master_gone;
    struct served_cell *cells, *ended;
    struct served_cell *buckets[SERVED_BUCKETS]; /* by number */
};

/* Serves over FD_MASTER and the cells' channels until the end.  Takes config over. */
_Noreturn void serving_run(struct serving *serving, const struct serving_kind *kind, struct config *config);

/* The cell of a number, or NULL. */
struct served_cell *serving_find(struct serving *serving, uint64_t number);

/* The channel is of no more use: its NET sees the end of file. */
void serving_end(struct served_cell *cell);

#endif
