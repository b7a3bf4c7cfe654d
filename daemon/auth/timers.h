/* timers.h - what shall happen at a time: a list in order of time, the first
 * to come first.  Times are milliseconds of CLOCK_MONOTONIC; all of them lie
 * seconds ahead, so a new one stands near the list's end. */
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

/* Takes it out, where it is set. */
void timer_cancel(struct timers *timers, struct timer *timer);

/* The first timer that is due, taken out; or NULL. */
struct timer *timer_due(struct timers *timers, int64_t now_ms);

/* Milliseconds until the first one, for epoll_wait: 0 where it is due, -1 where there is none. */
int timer_wait_ms(const struct timers *timers, int64_t now_ms);

#endif
