/* pace.c - runs in NET, without privilege. */
#include "daemon/net/pace.h"

#include "daemon/net/end.h"
#include "daemon/net/wait.h"

#include <time.h>

enum { PIECES_A_SECOND = 8, LEAST_PIECE = 512, LEAST_PAUSE_US = 2000 };
enum { GLANCE_BYTES = 16 * 1024 * 1024 };

int64_t now_us(void)
{
    struct timespec now = { 0 };
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* can't fail for this clock */
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static uint64_t rate(const struct session *s)
{
    const bool up = s->transfer.kind == TRANSFER_UPLOAD || s->transfer.kind == TRANSFER_APPEND;
    return up ? s->policy.rate_up : s->policy.rate_down;
}

size_t pace_piece(const struct session *s, size_t n)
{
    const uint64_t limit = rate(s);
    uint64_t piece = limit / PIECES_A_SECOND;
    if (limit == 0)
        return n;
    if (piece < LEAST_PIECE)
        piece = LEAST_PIECE;
    return piece < n ? (size_t)piece : n;
}

/* The bytes of this transfer divide by the rate: pauses that were too short or too long even out. */
static enum outcome pause_for(struct session *s, uint64_t limit, size_t n)
{
    const int64_t now = now_us();
    if (s->transfer.pace_us < now - 1000000)
        s->transfer.pace_us = now; /* a slow client saves nothing up */
    s->transfer.pace_us += (int64_t)((double)n * 1e6 / (double)limit);
    const int64_t pause_us = s->transfer.pace_us - now;
    if (pause_us < LEAST_PAUSE_US)
        return OUTCOME_DONE;
    const int64_t until_ms = (s->transfer.pace_us + 999) / 1000;
    return session_wait(s, -1, 0, until_ms, UNTIL_CUT) == WAITED_CUT ? OUTCOME_CUT : OUTCOME_DONE;
}

enum outcome pace(struct session *s, size_t n)
{
    const uint64_t limit = rate(s);
    if (limit != 0)
        return pause_for(s, limit, n);
    const uint64_t before = s->transfer.bytes - n;
    if (before / GLANCE_BYTES == s->transfer.bytes / GLANCE_BYTES)
        return OUTCOME_DONE;
    session_glance(s);
    return session_cut(s) ? OUTCOME_CUT : OUTCOME_DONE;
}
