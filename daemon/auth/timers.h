/* SPDX-License-Identifier: BSD-2-Clause */
/* timers.h - timers: a list in order of time.  Times are milliseconds of
 * CLOCK_MONOTONIC; all of them are seconds ahead, so a new one belongs near the
 * end of the list. */
#ifndef AUTH_TIMERS_H
#define AUTH_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

struct timer {
    int64_t at_ms; /* 0: not set */
    struct timer *before, *after;
};

struct timers {
    struct timer *first, *last;
};

/* Sets or moves a timer, which the caller owns and has zeroed. */
void timer_set(struct timers *timers, struct timer *timer, int64_t at_ms);

/* Cancels it, if it is set. */
void timer_cancel(struct timers *timers, struct timer *timer);

/* Removes and returns the first timer that is due; or NULL. */
struct timer *timer_due(struct timers *timers, int64_t now_ms);

/* Milliseconds until the first one, for epoll_wait: 0 if it is due, -1 if there is none. */
int timer_wait_ms(const struct timers *timers, int64_t now_ms);

#endif
