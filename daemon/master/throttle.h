/* SPDX-License-Identifier: BSD-2-Clause */
/* throttle.h - slows down the making of cells: after failures, and when cells
 * die before they get a client. */
#ifndef MASTER_THROTTLE_H
#define MASTER_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

struct throttle {
    uint32_t young_deaths; /* in a row */
    int64_t until_ms;      /* no cell is made before then */
};

bool throttle_allows(const struct throttle *throttle, int64_t now);

/* No cell could be made: the next try follows after a moment. */
void throttle_failure(struct throttle *throttle, int64_t now);

/* A cell died before it got a client. */
void throttle_young_death(struct throttle *throttle, int64_t now);

/* A cell was ordered: long after the last pause, old deaths count no more. */
void throttle_ordered(struct throttle *throttle, int64_t now);

/* A cell got a client. */
void throttle_served(struct throttle *throttle);

/* The cause of deaths is gone: no pause. */
void throttle_reset(struct throttle *throttle);

#endif
