/* SPDX-License-Identifier: BSD-2-Clause */
/* progress.c - runs in NET, without privilege. */
#include "daemon/net/progress.h"

#include "daemon/net/clock.h"

void progress_begin(struct session *s, enum transfer_kind kind, uint64_t size)
{
    s->transfer = (struct transfer){
        .busy = BUSY_TRANSFER,
        .kind = kind,
        .size = size,
        .left = UINT64_MAX,
        .started_us = now_us(),
    };
}

void progress_begin_request(struct session *s)
{
    s->transfer = (struct transfer){ .busy = BUSY_REQUEST };
}

void progress_end(struct session *s)
{
    s->transfer = (struct transfer){ .busy = BUSY_NOT };
}

void progress_set_left(struct session *s, uint64_t bytes)
{
    s->transfer.left = bytes;
}

void progress_set_range(struct session *s, uint64_t bytes)
{
    s->transfer.ranged = true;
    s->transfer.range = bytes;
}

void progress_set_limit(struct session *s, const struct jail_answer *answer, uint64_t at)
{
    s->transfer.limit = answer->limit;
    s->transfer.room = answer->limit > at ? answer->limit - at : 0;
    s->transfer.more_room = answer->more != 0;
}

void progress_flush(struct session *s, uint64_t written)
{
    s->transfer.flushed = written;
}

void progress_moved(struct session *s, size_t n)
{
    s->transfer.bytes += n;
}

void progress_read(struct session *s, size_t n)
{
    s->transfer.left -= n;
}

void progress_wrote(struct session *s, size_t n)
{
    s->transfer.room -= n;
    if (s->transfer.ranged)
        s->transfer.range -= n;
}

void progress_abort(struct session *s)
{
    s->transfer.aborted = true;
}

void progress_searched(struct session *s, uint64_t bytes)
{
    s->transfer.searched = bytes;
}

enum outcome progress_fail(struct session *s, uint32_t error)
{
    s->transfer.error = error;
    return OUTCOME_FILE;
}
