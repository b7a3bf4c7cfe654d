/* queue.h - who is hashed next: fair by address (law L2).  Each address has a
 * lane; lanes take turns, so that an address with 500 tries delays itself and
 * not the others.  Nothing is allocated per try: the place is part of it, and
 * a cell has one try at most, which bounds the queue. */
#ifndef AUTH_QUEUE_H
#define AUTH_QUEUE_H

#include "daemon/auth/key.h"

#include <stddef.h>

struct lane;

/* A place in the queue: part of what waits. */
struct place {
    struct lane *lane; /* NULL: not in the queue */
    struct place *before, *after;
};

enum { QUEUE_BUCKETS = 1024 };

struct queue {
    uint64_t secret;
    struct lane *buckets[QUEUE_BUCKETS];
    struct lane *next; /* whose turn is next: a ring; NULL: the queue is empty */
    size_t count;
};

void queue_init(struct queue *queue);

/* Puts a place at the end of its address' lane.  False: no memory. */
bool queue_push(struct queue *queue, const struct key *key, struct place *place);

/* The next one by turns, taken out; or NULL. */
struct place *queue_pop(struct queue *queue);

/* Takes it out, where it is in. */
void queue_remove(struct queue *queue, struct place *place);

#endif
