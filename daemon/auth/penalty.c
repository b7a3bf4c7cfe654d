/* SPDX-License-Identifier: BSD-2-Clause */
/* penalty.c - runs in auth: failures by address. */
#include "daemon/auth/penalty.h"

#include "daemon/ipc/log.h"

#include <stdlib.h>
#include <string.h>

enum { NONE = UINT32_MAX };

struct record {
    struct key key;
    uint32_t in_bucket;      /* the next one in its bucket, or in the free list; NONE: the end */
    uint32_t older, younger; /* by the last failure */
    uint32_t level;          /* failures in a row: 0, 1, ... */
    uint32_t counted;        /* for the ban, since window_ms */
    int64_t window_ms;
    int64_t last_ms;
};

struct penalties {
    uint64_t secret;
    size_t most, count;
    uint32_t oldest, youngest, unused;
    uint32_t *buckets; /* `most` of them */
    struct record *records;
};

struct penalties *penalties_new(size_t most)
{
    struct penalties *table = calloc(1, sizeof *table);
    if (!table)
        die("auth: no memory for the table of failures");
    table->buckets = calloc(most, sizeof *table->buckets);
    table->records = calloc(most, sizeof *table->records);
    if (!table->buckets || !table->records)
        die("auth: no memory for the table of failures");
    table->secret = key_secret();
    table->most = most;
    table->oldest = table->youngest = NONE;
    memset(table->buckets, 0xff, most * sizeof *table->buckets);
    for (size_t i = 0; i < most; i++)
        table->records[i].in_bucket = i + 1 < most ? (uint32_t)(i + 1) : NONE;
    return table;
}

void penalties_free(struct penalties *table)
{
    if (!table)
        return;
    free(table->buckets);
    free(table->records);
    free(table);
}

static uint32_t *bucket_of(struct penalties *table, const struct key *key)
{
    return &table->buckets[key_sum(table->secret, key, sizeof *key) % table->most];
}

static uint32_t find(struct penalties *table, const struct key *key)
{
    uint32_t at = *bucket_of(table, key);
    while (at != NONE && !key_equal(&table->records[at].key, key))
        at = table->records[at].in_bucket;
    return at;
}

static void leave_order(struct penalties *table, uint32_t at)
{
    const struct record *record = &table->records[at];
    *(record->older != NONE ? &table->records[record->older].younger : &table->oldest) =
        record->younger;
    *(record->younger != NONE ? &table->records[record->younger].older : &table->youngest) =
        record->older;
}

static void become_youngest(struct penalties *table, uint32_t at)
{
    struct record *record = &table->records[at];
    record->younger = NONE;
    record->older = table->youngest;
    *(record->older != NONE ? &table->records[record->older].younger : &table->oldest) = at;
    table->youngest = at;
}

static void forget_oldest(struct penalties *table)
{
    const uint32_t at = table->oldest;
    struct record *record = &table->records[at];
    uint32_t *link = bucket_of(table, &record->key);
    while (*link != at)
        link = &table->records[*link].in_bucket;
    *link = record->in_bucket;
    leave_order(table, at);
    record->in_bucket = table->unused;
    table->unused = at;
    table->count--;
}

static uint32_t make(struct penalties *table, const struct key *key, int64_t now_ms)
{
    if (table->unused == NONE)
        forget_oldest(table);
    const uint32_t at = table->unused;
    uint32_t *bucket = bucket_of(table, key);
    table->unused = table->records[at].in_bucket;
    table->records[at] = (struct record){ .key = *key, .in_bucket = *bucket, .window_ms = now_ms };
    *bucket = at;
    table->count++;
    return at;
}

/* The record of the address, made the youngest. */
static struct record *touch(struct penalties *table, const struct key *key, int64_t now_ms)
{
    uint32_t at = find(table, key);
    if (at == NONE)
        at = make(table, key, now_ms);
    else
        leave_order(table, at);
    become_youngest(table, at);
    return &table->records[at];
}

static int64_t delay_of(uint32_t level)
{
    int64_t delay = PENALTY_LEAST_MS;
    for (uint32_t i = 1; i < level && delay < PENALTY_MOST_MS; i++)
        delay *= 2;
    return delay;
}

static uint32_t factor_of(const struct penalty_rules *rules)
{
    return rules->factor ? rules->factor : 1;
}

static bool reaches_ban(struct record *record, const struct penalty_rules *rules)
{
    const uint64_t after = (uint64_t)rules->ban_after * factor_of(rules);
    if (record->counted < after && record->counted < UINT32_MAX)
        record->counted++;
    if (rules->ban_time == 0 || rules->ban_after == 0 || record->counted < after)
        return false;
    record->counted = 0;
    return true;
}

struct penalty penalty_failure(struct penalties *table, const struct penalty_rules *rules,
                               const struct key *key, enum failure failure, int64_t now_ms)
{
    const int64_t window = (int64_t)rules->ban_window * 1000;
    struct record *record = touch(table, key, now_ms);
    struct penalty penalty = { .ban = false };

    if (record->level && now_ms - record->last_ms >= window)
        record->level = 0;
    if (now_ms - record->window_ms >= window || record->counted == 0) {
        record->window_ms = now_ms;
        record->counted = 0;
    }
    record->last_ms = now_ms;
    if (failure != FAILURE_BANS_ONLY && record->level < UINT32_MAX)
        record->level++;
    if (failure != FAILURE_DELAYS)
        penalty.ban = reaches_ban(record, rules);
    penalty.delay_ms = delay_of(record->level / factor_of(rules));
    return penalty;
}

bool penalty_success(struct penalties *table, const struct key *key)
{
    const uint32_t at = find(table, key);
    if (at == NONE || table->records[at].level == 0)
        return false;
    table->records[at].level = 0;
    return true;
}

void penalty_forget(struct penalties *table, const struct key *key)
{
    const uint32_t at = find(table, key);
    if (at != NONE)
        table->records[at].level = table->records[at].counted = 0;
}

size_t penalties_count(const struct penalties *table)
{
    return table->count;
}

size_t penalties_addresses(const struct penalties *table)
{
    size_t n = 0;
    for (uint32_t at = table->oldest; at != NONE; at = table->records[at].younger)
        n += !table->records[at].key.network;
    return n;
}

static struct penalty_record kept_of(const struct record *record)
{
    return (struct penalty_record){ .key = record->key,
                                    .level = record->level,
                                    .counted = record->counted,
                                    .window_ms = record->window_ms,
                                    .last_ms = record->last_ms };
}

bool penalty_find(struct penalties *table, const struct key *key, struct penalty_record *to)
{
    const uint32_t at = find(table, key);
    if (at == NONE || (table->records[at].level == 0 && table->records[at].counted == 0))
        return false;
    *to = kept_of(&table->records[at]);
    return true;
}

size_t penalties_copy(const struct penalties *table, struct penalty_record *to, size_t most)
{
    size_t n = 0;
    for (uint32_t at = table->oldest; at != NONE && n < most; at = table->records[at].younger) {
        const struct record *record = &table->records[at];
        if (record->level || record->counted)
            to[n++] = kept_of(record);
    }
    return n;
}

void penalty_restore(struct penalties *table, const struct penalty_record *kept)
{
    if (find(table, &kept->key) != NONE)
        return;
    struct record *record = touch(table, &kept->key, kept->last_ms);
    record->level = kept->level;
    record->counted = kept->counted;
    record->window_ms = kept->window_ms;
    record->last_ms = kept->last_ms;
}
