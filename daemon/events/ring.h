/* SPDX-License-Identifier: BSD-2-Clause */
/* ring.h - the last events, by number.  Pure. */
#ifndef EVENTS_RING_H
#define EVENTS_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for each event on average; longer ones leave room for fewer. */
enum { RING_EVENT_ROOM = 1024 };

struct ring_place {
    size_t at;
    size_t length;
    uint64_t total; /* how many the events up to this one count as */
};

struct ring {
    char *bytes;
    size_t room;               /* bytes in all */
    size_t end;                /* where the next line goes */
    struct ring_place *places; /* of event n: places[n % most] */
    size_t most;               /* events */
    /* events first to next - 1 are kept; the first event of all is number 1 */
    uint64_t first, next;
    uint64_t total;     /* how many all of them count as: a gap as those that are lost, if known */
    uint64_t forgotten; /* ... of that, the events before `first` */
};

/* For the last `most` events.  False: no memory. */
bool ring_init(struct ring *ring, size_t most);

/* Keeps what it has, as far as there is room, for another number of events.  False: no memory, and
 * the ring stays as it is. */
bool ring_resize(struct ring *ring, size_t most);

/* Keeps a line as event ring->next, which counts as so many; the oldest make room for it.  A line
 * longer than the ring is not kept, but counted. */
void ring_add(struct ring *ring, const char *line, size_t length, uint64_t counts_as);

/* How many the events up to this one, or up to ring->first - 1, count as. */
uint64_t ring_total(const struct ring *ring, uint64_t number);

/* The line of an event that is kept. */
const char *ring_line(const struct ring *ring, uint64_t number, size_t *length);

#endif
