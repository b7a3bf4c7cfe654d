/* SPDX-License-Identifier: BSD-2-Clause */
/* serving.h - the main loop of the dialer and the keeper, which answer questions of
 * NETs.  It knows the cells by number and by channel, reads the master's messages
 * before it serves a cell, and ends with the last cell after the master is gone.
 * (auth and the scribe have their own loops, with two kinds of channels and timers.) */
#ifndef IPC_SERVING_H
#define IPC_SERVING_H

#include "common/hash_table.h"
#include "daemon/ipc/channel.h"
#include "daemon/protocol/from_master.h"
#include "daemon/config/config.h"

#include <stdbool.h>
#include <stddef.h>

struct serving;

/* The first field of what a process knows of a cell. */
struct served_cell {
    struct hash_node node;
    uint64_t number;
    int channel; /* -1: ended, and freed after the turn */
    struct serving *serving;
    struct served_cell *previous, *next; /* among those served, or those ended */
};

enum { SERVED_BUCKETS = 1024 };

/* How the process differs. */
struct serving_kind {
    const char *name;
    size_t cell_size; /* of its struct, which begins with a served_cell; new ones are zeroed */
    const struct border_row *from_net; /* what NETs may ask, and in which phase of the cell */
    size_t from_net_rows;
    size_t question_size; /* the largest */
    unsigned (*phase)(const struct served_cell *cell);
    void (*begin)(struct served_cell *cell); /* a new cell; NULL: nothing */
    void (*end)(struct served_cell *cell);   /* a cell has ended; NULL: nothing */
    /* In an upgrade: fills in the message with which a cell goes to the successor (hand_over.h: its
     * row, its size), and takes such a message, in a new cell.  NULL, or what is wrong with it. */
    struct border_row hand_row;
    uint32_t hand_type;
    void (*hand)(const struct served_cell *cell, void *message);
    const char *(*take)(struct served_cell *cell, const void *message);
    /* ... and what it has besides cells; a row of size 0: nothing. */
    struct border_row more_row;
    uint32_t more_type;
    void (*hand_more)(const struct serving *serving);
    const char *(*take_more)(struct serving *serving, const void *message);
    /* MASTER_TO_BOTH, and the messages for this process alone, which go to on_master; fd is then
     * its own. */
    const struct border_row *from_master;
    size_t from_master_rows;
    void (*on_master)(struct serving *serving, const struct message_head *message, int fd);
    /* Answers a question that fits its row.  False: it violates the border; *why says how. */
    bool (*answer)(struct serving *serving, struct served_cell *cell, const void *question,
                   const char **why);
};

struct serving {
    const struct serving_kind *kind;
    struct config *config;
    int epoll;
    bool master_gone;
    struct served_cell *cells, *ended;
    struct hash_table by_number;
    struct hash_node *buckets[SERVED_BUCKETS];
};

/* Serves over FD_MASTER and the cells' channels until all are closed.  Takes over config. */
_Noreturn void serving_run(struct serving *serving, const struct serving_kind *kind,
                           struct config *config);

/* The cell of a number, or NULL. */
struct served_cell *serving_find(struct serving *serving, uint64_t number);

/* Closes the channel: NET sees the end of file. */
void serving_end(struct served_cell *cell);

#endif
