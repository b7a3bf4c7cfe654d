/* SPDX-License-Identifier: BSD-2-Clause */
/* next.c - runs in NET, without privilege. */
#include "daemon/net/next.h"

void next_forget(struct session *s)
{
    s->next = (struct next){ .announced = UINT64_MAX };
}

void next_restart(struct session *s, uint64_t offset)
{
    s->next.offset = offset;
}

void next_announce(struct session *s, uint64_t bytes)
{
    s->next.announced = bytes;
}

void next_set_range(struct session *s, uint64_t first, uint64_t last)
{
    s->next.ranged = true;
    s->next.first = first;
    s->next.last = last;
}

void next_forget_range(struct session *s)
{
    s->next.ranged = false;
}

uint64_t next_offset(const struct session *s)
{
    return s->next.ranged ? s->next.first : s->next.offset;
}

uint64_t next_bytes(const struct session *s)
{
    return s->next.ranged ? s->next.last - s->next.first + 1 : UINT64_MAX;
}
