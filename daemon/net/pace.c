/* SPDX-License-Identifier: BSD-2-Clause */
/* pace.c - runs in NET, without privilege. */
#include "daemon/net/pace.h"

#include "common/text.h"
#include "daemon/protocol/auth_jail.h"
#include "daemon/net/ask.h"
#include "daemon/net/clock.h"
#include "daemon/net/end.h"
#include "daemon/net/wait.h"

enum { PAUSE_MIN_US = 2000 };
enum { GLANCE_BYTES = 16 * 1024 * 1024 };

static bool is_up(const struct session *s)
{
    return s->transfer.kind == TRANSFER_UPLOAD || s->transfer.kind == TRANSFER_APPEND;
}

static uint64_t rate(const struct session *s)
{
    return is_up(s) ? s->policy.rate_up : s->policy.rate_down;
}

/* The rate of all the user's sessions together.  A listing has none: JAIL can't be asked while it
 * prepares the next page. */
static uint64_t shared_rate(const struct session *s)
{
    if (s->transfer.kind == 0)
        return 0;
    return is_up(s) ? s->policy.user_rate_up : s->policy.user_rate_down;
}

size_t pace_piece(const struct session *s, size_t n)
{
    const uint64_t limits[] = { rate(s), shared_rate(s) };
    for (size_t i = 0; i < COUNT(limits); i++) {
        if (limits[i] != 0 && rate_piece(limits[i]) < n)
            n = (size_t)rate_piece(limits[i]);
    }
    return n;
}

static enum outcome pause_until(struct session *s, int64_t until_us)
{
    const int64_t until_ms = (until_us + 999) / 1000;
    return session_wait(s, -1, 0, until_ms, UNTIL_CUT) == WAITED_CUT ? OUTCOME_CUT : OUTCOME_DONE;
}

/* Each byte moves the time of the next one on, so that pauses that were too short or too long
 * even out. */
static enum outcome pause_for(struct session *s, uint64_t limit, size_t n)
{
    const int64_t now = now_us();
    /* a slow client does not save up */
    if (s->pace.next_us < now - 1000000)
        s->pace.next_us = now;
    s->pace.next_us += (int64_t)((double)n * 1e6 / (double)limit);
    const int64_t pause_us = s->pace.next_us - now;
    return pause_us < PAUSE_MIN_US ? OUTCOME_DONE : pause_until(s, s->pace.next_us);
}

/* Auth keeps one clock for all sessions of a user.  Each session reports what it has moved, and
 * learns how long to wait.  Without auth, nothing is shared. */
static enum outcome pause_shared(struct session *s, uint64_t limit, size_t n)
{
    const uint32_t direction = is_up(s) ? RATE_UP : RATE_DOWN;
    uint64_t *owed = &s->pace.owed[direction];
    *owed += n;
    if (*owed < rate_piece(limit))
        return OUTCOME_DONE;
    const uint32_t error = ask_jail_pace(s, direction, *owed);
    *owed = 0;
    if (error == ASK_LOST)
        return OUTCOME_CUT;
    const int64_t pause_us = error != 0 ? 0 : (int64_t)s->answer.offset;
    return pause_us < PAUSE_MIN_US ? OUTCOME_DONE : pause_until(s, now_us() + pause_us);
}

size_t pace_hash_piece(const struct session *s, size_t n)
{
    const uint64_t limit = s->policy.hash_rate;
    return limit != 0 && rate_piece(limit) < n ? (size_t)rate_piece(limit) : n;
}

enum outcome pace_hash(struct session *s, size_t n)
{
    return s->policy.hash_rate != 0 ? pause_for(s, s->policy.hash_rate, n) : OUTCOME_DONE;
}

static enum outcome glance(struct session *s, size_t n)
{
    const uint64_t before = s->transfer.bytes - n;
    if (before / GLANCE_BYTES == s->transfer.bytes / GLANCE_BYTES)
        return OUTCOME_DONE;
    session_glance(s);
    return session_cut(s) ? OUTCOME_CUT : OUTCOME_DONE;
}

enum outcome pace(struct session *s, size_t n)
{
    const uint64_t limit = rate(s), shared = shared_rate(s);
    enum outcome outcome = OUTCOME_DONE;
    if (limit == 0 && shared == 0)
        return glance(s, n);
    if (limit != 0)
        outcome = pause_for(s, limit, n);
    if (shared != 0 && outcome == OUTCOME_DONE)
        outcome = pause_shared(s, shared, n);
    return outcome;
}
