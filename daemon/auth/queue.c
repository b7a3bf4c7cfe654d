/* SPDX-License-Identifier: BSD-2-Clause */
/* queue.c - runs in auth: the queue for the hashers. */
#include "daemon/auth/queue.h"

#include <stdlib.h>
#include <string.h>

struct lane {
    struct hash_node node;
    struct key key;
    struct place *first, *last;
    struct lane *before, *after; /* the ring of lanes */
};

void queue_init(struct queue *queue)
{
    memset(queue, 0, sizeof *queue);
    queue->secret = key_secret();
    hash_table_init(&queue->lanes, queue->buckets, QUEUE_BUCKETS);
}

static bool is_of(const void *entry, const void *key)
{
    return key_equal(&((const struct lane *)entry)->key, key);
}

/* A new lane comes after all the others. */
static struct lane *lane_make(struct queue *queue, const struct key *key, uint64_t hash)
{
    struct lane *lane = calloc(1, sizeof *lane);
    if (!lane)
        return NULL;
    lane->key = *key;
    hash_table_add(&queue->lanes, &lane->node, hash);
    if (!queue->next) {
        queue->next = lane->before = lane->after = lane;
        return lane;
    }
    lane->after = queue->next;
    lane->before = queue->next->before;
    lane->before->after = lane;
    lane->after->before = lane;
    return lane;
}

static void lane_free(struct queue *queue, struct lane *lane)
{
    hash_table_remove(&queue->lanes, &lane->node);
    if (queue->next == lane)
        queue->next = lane->after == lane ? NULL : lane->after;
    lane->before->after = lane->after;
    lane->after->before = lane->before;
    free(lane);
}

bool queue_push(struct queue *queue, const struct key *key, struct place *place)
{
    const uint64_t hash = key_sum(queue->secret, key, sizeof *key);
    struct lane *lane = hash_table_find(&queue->lanes, hash, is_of, key);
    if (!lane)
        lane = lane_make(queue, key, hash);
    if (!lane)
        return false;
    *place = (struct place){ .lane = lane, .before = lane->last };
    *(lane->last ? &lane->last->after : &lane->first) = place;
    lane->last = place;
    queue->count++;
    return true;
}

void queue_remove(struct queue *queue, struct place *place)
{
    struct lane *lane = place->lane;
    if (!lane)
        return;
    *(place->before ? &place->before->after : &lane->first) = place->after;
    *(place->after ? &place->after->before : &lane->last) = place->before;
    *place = (struct place){ 0 };
    queue->count--;
    if (!lane->first)
        lane_free(queue, lane);
}

struct place *queue_pop(struct queue *queue)
{
    struct lane *lane = queue->next;
    if (!lane)
        return NULL;
    struct place *place = lane->first;
    queue->next = lane->after;
    queue_remove(queue, place);
    return place;
}
