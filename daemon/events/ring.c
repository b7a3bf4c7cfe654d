/* SPDX-License-Identifier: BSD-2-Clause */
/* ring.c - runs in events (own uid, no capability, empty root). */
#include "daemon/events/ring.h"

#include <stdlib.h>
#include <string.h>

bool ring_init(struct ring *ring, size_t most)
{
    *ring = (struct ring){ .room = most * RING_EVENT_ROOM, .most = most, .first = 1, .next = 1 };
    ring->bytes = malloc(ring->room);
    ring->places = calloc(most, sizeof *ring->places);
    if (ring->bytes && ring->places)
        return true;
    free(ring->bytes);
    free(ring->places);
    return false;
}

static struct ring_place *place_of(const struct ring *ring, uint64_t number)
{
    return &ring->places[number % ring->most];
}

bool ring_resize(struct ring *ring, size_t most)
{
    struct ring other;
    if (most == ring->most)
        return true;
    if (!ring_init(&other, most))
        return false;
    other.first = other.next = ring->first;
    other.total = other.forgotten = ring->forgotten;
    for (uint64_t number = ring->first; number < ring->next; number++) {
        size_t length;
        const char *line = ring_line(ring, number, &length);
        ring_add(&other, line, length, ring_total(ring, number) - ring_total(ring, number - 1));
    }
    free(ring->bytes);
    free(ring->places);
    *ring = other;
    return true;
}

uint64_t ring_total(const struct ring *ring, uint64_t number)
{
    return number < ring->first ? ring->forgotten : place_of(ring, number)->total;
}

static void forget_first(struct ring *ring)
{
    ring->forgotten = place_of(ring, ring->first)->total;
    ring->first++;
}

/* The oldest events leave the bytes from `from` to `to`. */
static void clear(struct ring *ring, size_t from, size_t to)
{
    while (ring->first < ring->next) {
        const struct ring_place *oldest = place_of(ring, ring->first);
        if (oldest->at + oldest->length <= from || oldest->at >= to)
            return;
        forget_first(ring);
    }
}

void ring_add(struct ring *ring, const char *line, size_t length, uint64_t counts_as)
{
    ring->total += counts_as;
    if (length > ring->room) {
        ring->first = ++ring->next;
        ring->forgotten = ring->total;
        return;
    }
    if (ring->next - ring->first == ring->most)
        forget_first(ring);
    if (length > ring->room - ring->end) {
        clear(ring, ring->end, ring->room);
        ring->end = 0;
    }
    clear(ring, ring->end, ring->end + length);
    memcpy(ring->bytes + ring->end, line, length);
    *place_of(ring, ring->next) =
        (struct ring_place){ .at = ring->end, .length = length, .total = ring->total };
    ring->end += length;
    ring->next++;
}

const char *ring_line(const struct ring *ring, uint64_t number, size_t *length)
{
    const struct ring_place *place = place_of(ring, number);
    *length = place->length;
    return ring->bytes + place->at;
}
