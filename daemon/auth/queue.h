/* SPDX-License-Identifier: BSD-2-Clause */
/* queue.h - the order of hashing: fair by address (law L2). Each address has a
 * lane, and lanes take turns, so an address with 500 attempts delays only itself.
 * Nothing is allocated per attempt: the place is part of it.  A cell has at most
 * one attempt, which bounds the queue. */
#ifndef AUTH_QUEUE_H
#define AUTH_QUEUE_H

#include "common/hash_table.h"
#include "daemon/auth/key.h"

#include <stddef.h>

struct lane;

/* A place in the queue, embedded in what waits. */
struct place {
    struct lane *lane; /* NULL: not in the queue */
    struct place *before, *after;
};

enum { QUEUE_BUCKETS = 1024 };

struct queue {
    uint64_t secret;
    struct hash_table lanes; /* by address */
    struct hash_node *buckets[QUEUE_BUCKETS];
    struct lane *next; /* the next one in turn, in a ring; NULL: the queue is empty */
    size_t count;
};

void queue_init(struct queue *queue);

/* Appends a place to its address's lane.  False: no memory. */
bool queue_push(struct queue *queue, const struct key *key, struct place *place);

/* Removes and returns the next place in turn; or NULL. */
struct place *queue_pop(struct queue *queue);

/* Removes it, if it is in the queue. */
void queue_remove(struct queue *queue, struct place *place);

#endif
