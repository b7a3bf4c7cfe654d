/* SPDX-License-Identifier: BSD-2-Clause */
/* queue.c - runs in auth: the queue for the hashers. */
#include "daemon/auth/queue.h"

#include <stdlib.h>
#include <string.h>

struct lane {
    struct key key;
    struct place *first, *last;
    struct lane *before, *after; /* the ring of lanes */
    struct lane *in_bucket;
};

void queue_init(struct queue *queue)
{
    memset(queue, 0, sizeof *queue);
    queue->secret = key_secret();
}

static struct lane **bucket_of(struct queue *queue, const struct key *key)
{
    return &queue->buckets[key_sum(queue->secret, key, sizeof *key) % QUEUE_BUCKETS];
}

/* A new lane comes after all the others. */
static struct lane *lane_make(struct queue *queue, const struct key *key)
{
    struct lane **bucket = bucket_of(queue, key);
    struct lane *lane = calloc(1, sizeof *lane);
    if (!lane)
        return NULL;
    lane->key = *key;
    lane->in_bucket = *bucket;
    *bucket = lane;
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

static struct lane *lane_find(struct queue *queue, const struct key *key)
{
    struct lane *lane = *bucket_of(queue, key);
    while (lane && !key_equal(&lane->key, key))
        lane = lane->in_bucket;
    return lane;
}

static void lane_free(struct queue *queue, struct lane *lane)
{
    struct lane **at = bucket_of(queue, &lane->key);
    while (*at != lane)
        at = &(*at)->in_bucket;
    *at = lane->in_bucket;
    if (queue->next == lane)
        queue->next = lane->after == lane ? NULL : lane->after;
    lane->before->after = lane->after;
    lane->after->before = lane->before;
    free(lane);
}

bool queue_push(struct queue *queue, const struct key *key, struct place *place)
{
    struct lane *lane = lane_find(queue, key);
    if (!lane)
        lane = lane_make(queue, key);
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
