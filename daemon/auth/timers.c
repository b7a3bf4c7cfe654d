/* SPDX-License-Identifier: BSD-2-Clause */
/* timers.c - runs in auth: a list in order of time. */
#include "daemon/auth/timers.h"

#include <stddef.h>

void timer_cancel(struct timers *timers, struct timer *timer)
{
    if (!timer->at_ms)
        return;
    *(timer->before ? &timer->before->after : &timers->first) = timer->after;
    *(timer->after ? &timer->after->before : &timers->last) = timer->before;
    *timer = (struct timer){ 0 };
}

void timer_set(struct timers *timers, struct timer *timer, int64_t at_ms)
{
    timer_cancel(timers, timer);
    struct timer *before = timers->last;
    while (before && before->at_ms > at_ms)
        before = before->before;
    timer->at_ms = at_ms;
    timer->before = before;
    timer->after = before ? before->after : timers->first;
    *(timer->before ? &timer->before->after : &timers->first) = timer;
    *(timer->after ? &timer->after->before : &timers->last) = timer;
}

struct timer *timer_due(struct timers *timers, int64_t now_ms)
{
    struct timer *first = timers->first;
    if (!first || first->at_ms > now_ms)
        return NULL;
    timer_cancel(timers, first);
    return first;
}

int timer_wait_ms(const struct timers *timers, int64_t now_ms)
{
    enum { MOST_MS = 60000 };
    if (!timers->first)
        return -1;
    const int64_t wait = timers->first->at_ms - now_ms;
    return wait < 0 ? 0 : wait > MOST_MS ? MOST_MS : (int)wait;
}
