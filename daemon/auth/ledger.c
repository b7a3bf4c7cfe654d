/* SPDX-License-Identifier: BSD-2-Clause */
/* ledger.c - runs in auth: the arithmetic of quotas.  The numbers come from JAILs,
 * each of which can affect only its own user's ledger. */
#include "daemon/auth/ledger.h"

/* What is left of a limit; UINT64_MAX: there is no limit. */
static uint64_t left_of(uint64_t limit, uint64_t used, uint64_t leased)
{
    if (limit == 0)
        return UINT64_MAX;
    return used >= limit || leased >= limit - used ? 0 : limit - used - leased;
}

uint64_t ledger_left(const struct ledger *ledger, const struct ledger_rules *rules)
{
    return left_of(rules->limit.bytes, ledger->used.bytes, ledger->leased.bytes);
}

/* A share of what is left: large grants need few requests while there is much,
 * small ones leave enough to others. */
static uint64_t piece_of(uint64_t left)
{
    uint64_t piece = left / LEDGER_SHARE;
    if (left == UINT64_MAX)
        return left;
    if (piece < LEDGER_PIECE_MIN)
        piece = LEDGER_PIECE_MIN;
    if (piece > LEDGER_PIECE_MAX)
        piece = LEDGER_PIECE_MAX;
    return piece < left ? piece : left;
}

static void grant(struct ledger *ledger, struct lease *lease, uint64_t bytes, uint64_t files)
{
    lease->left.bytes += bytes;
    lease->left.files += files;
    ledger->leased.bytes += bytes;
    ledger->leased.files += files;
}

/* Both or neither. */
static int take(struct ledger *ledger, struct lease *lease, const struct ledger_rules *rules,
                uint32_t wants, uint64_t least, uint64_t *bytes)
{
    const uint64_t files_left =
        left_of(rules->limit.files, ledger->used.files, ledger->leased.files);
    const uint64_t left = ledger_left(ledger, rules);
    const bool file = wants & QUOTA_WANT_FILE;
    if (file && files_left == 0)
        return QUOTA_REACHED_FILES;
    if (wants & QUOTA_WANT_BYTES && (left == 0 || left < least))
        return QUOTA_REACHED_BYTES;
    *bytes = wants & (QUOTA_WANT_BYTES | QUOTA_WANT_ANY) ? piece_of(left) : 0;
    if (*bytes < least)
        *bytes = least;
    grant(ledger, lease, *bytes == UINT64_MAX ? 0 : *bytes, file);
    return QUOTA_GRANTED;
}

static bool may_count(const struct ledger *ledger)
{
    return ledger->leases == 0 && !ledger->held;
}

static bool older_than(const struct ledger *ledger, int64_t age_ms, int64_t now_ms)
{
    return now_ms - ledger->counted_ms >= age_ms;
}

static bool count_is_due(const struct ledger *ledger, const struct ledger_rules *rules,
                         int64_t now_ms)
{
    return !ledger->known || ledger->stale ||
           (rules->recount_ms != 0 && older_than(ledger, rules->recount_ms, now_ms));
}

/* Another program may have freed space meanwhile. */
static bool refusal_needs_count(const struct ledger *ledger, const struct ledger_rules *rules,
                                int64_t now_ms)
{
    const int64_t fresh_ms =
        rules->recount_ms < LEDGER_FRESH_MS ? rules->recount_ms : LEDGER_FRESH_MS;
    return rules->recount_ms != 0 && may_count(ledger) && older_than(ledger, fresh_ms, now_ms);
}

static int begin_count(struct ledger *ledger)
{
    ledger->counting = true;
    return QUOTA_COUNT;
}

int ledger_open(struct ledger *ledger, struct lease *lease, const struct ledger_rules *rules,
                uint32_t wants, int64_t now_ms, uint64_t *bytes)
{
    *bytes = 0;
    if (ledger->counting)
        return LEDGER_NOT_YET;
    if (wants != 0) { /* a change that only frees space needs no number */
        if (may_count(ledger) && count_is_due(ledger, rules, now_ms))
            return begin_count(ledger);
        if (!ledger->known)
            return LEDGER_NOT_YET;
    }
    const int result = take(ledger, lease, rules, wants, 0, bytes);
    if (result != QUOTA_GRANTED)
        return refusal_needs_count(ledger, rules, now_ms) ? begin_count(ledger) : result;
    lease->open = true;
    ledger->leases++;
    return QUOTA_GRANTED;
}

int ledger_more(struct ledger *ledger, struct lease *lease, const struct ledger_rules *rules,
                uint32_t wants, uint64_t least, uint64_t *bytes)
{
    *bytes = 0;
    return take(ledger, lease, rules, wants, least, bytes);
}

static void end_lease(struct ledger *ledger, struct lease *lease)
{
    ledger->leased.bytes -= lease->left.bytes;
    ledger->leased.files -= lease->left.files;
    ledger->leases--;
    *lease = (struct lease){ .open = false };
}

/* Never negative, never more than a file system can contain. */
static uint64_t changed_by(uint64_t used, int64_t change)
{
    if (change < 0) {
        const uint64_t less = (uint64_t) - (change + 1) + 1;
        return used > less ? used - less : 0;
    }
    const uint64_t more = (uint64_t)change;
    return used > INT64_MAX - more ? INT64_MAX : used + more;
}

/* A stale ledger may not include everything: it is not lowered before the files are counted. */
static int64_t believed(const struct ledger *ledger, int64_t change)
{
    return ledger->stale && change < 0 ? 0 : change;
}

void ledger_close(struct ledger *ledger, struct lease *lease, int64_t bytes, int64_t files)
{
    if (!lease->open)
        return;
    end_lease(ledger, lease);
    ledger->used.bytes = changed_by(ledger->used.bytes, believed(ledger, bytes));
    ledger->used.files = changed_by(ledger->used.files, believed(ledger, files));
}

void ledger_freed(struct ledger *ledger, uint64_t bytes, uint64_t files)
{
    ledger->used.bytes = changed_by(ledger->used.bytes, believed(ledger, -(int64_t)bytes));
    ledger->used.files = changed_by(ledger->used.files, believed(ledger, -(int64_t)files));
}

void ledger_abandon(struct ledger *ledger, struct lease *lease)
{
    const struct ledger_amount left = lease->left;
    if (!lease->open)
        return;
    end_lease(ledger, lease);
    ledger->used.bytes += left.bytes;
    ledger->used.files += left.files;
    ledger->stale = true;
}

static uint64_t counted_as(uint64_t before, uint64_t found, bool partial)
{
    if (found > INT64_MAX)
        found = INT64_MAX;
    return partial && before > found ? before : found;
}

void ledger_counted(struct ledger *ledger, const struct ledger_amount *found, bool partial,
                    int64_t now_ms)
{
    if (!ledger->counting)
        return;
    ledger->counting = false;
    if (!found)
        return;
    ledger->used.bytes = counted_as(ledger->used.bytes, found->bytes, partial);
    ledger->used.files = counted_as(ledger->used.files, found->files, partial);
    ledger->counted_ms = now_ms;
    ledger->known = true;
    ledger->stale = false;
}

void ledger_take_over(struct ledger *ledger)
{
    ledger->stale = ledger->stale || ledger->leased.bytes > 0 || ledger->leased.files > 0;
    ledger->held = ledger->leased.bytes > 0 || ledger->leased.files > 0;
    ledger->used.bytes += ledger->leased.bytes;
    ledger->used.files += ledger->leased.files;
    ledger->leased = (struct ledger_amount){ 0, 0 };
}
