/* SPDX-License-Identifier: BSD-2-Clause */
/* ration_address.c - runs in the scribe: rations by address, in a table of
 * bounded size.  An entry is dropped when its buckets are full again.  Addresses
 * for which there is no room share one ration. */
#include "common/addr.h"
#include "common/hash_table.h"
#include "daemon/scribe/ration.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

enum { BUCKETS = 1024, ADDRESSES_MAX = 8192 };

struct address {
    struct hash_node node;
    struct sockaddr_storage key;
    struct rations rations;
};

struct address_rations {
    uint64_t seed; /* prevents chosen addresses from colliding in one bucket */
    int64_t swept_ms;
    struct rations others;
    struct hash_table addresses;
    struct hash_node *buckets[BUCKETS];
};

struct address_rations *address_rations_new(void)
{
    struct address_rations *table = calloc(1, sizeof *table);
    const void *random = (const void *)getauxval(AT_RANDOM); /* 16 random bytes from the kernel */
    if (!table)
        return NULL;
    if (random)
        memcpy(&table->seed, random, sizeof table->seed);
    hash_table_init(&table->addresses, table->buckets, BUCKETS);
    return table;
}

static bool is_of(const void *entry, const void *key)
{
    return addr_same_host(&((const struct address *)entry)->key, key);
}

static bool drop_if_full(void *entry, void *now_ms)
{
    struct address *one = entry;
    if (!rations_are_full(&one->rations, *(int64_t *)now_ms))
        return false;
    free(one);
    return true;
}

static void drop_full(struct address_rations *table, int64_t now_ms)
{
    for (size_t i = 0; i < BUCKETS; i++)
        hash_table_sweep(&table->addresses, i, drop_if_full, &now_ms);
    table->swept_ms = now_ms;
}

static struct address *add(struct address_rations *table, const struct sockaddr_storage *key,
                           uint64_t hash, int64_t now_ms)
{
    const struct hash_table *addresses = &table->addresses;
    if (addresses->count >= ADDRESSES_MAX && now_ms != table->swept_ms)
        drop_full(table, now_ms);
    struct address *one = addresses->count < ADDRESSES_MAX ? calloc(1, sizeof *one) : NULL;
    if (!one)
        return NULL;
    one->key = *key;
    hash_table_add(&table->addresses, &one->node, hash);
    return one;
}

bool ration_address(struct address_rations *table, const struct sockaddr_storage *peer,
                    enum record_kind kind, int64_t now_ms)
{
    struct sockaddr_storage key;
    addr_key(peer, &key);
    const uint64_t hash = addr_hash(&key, table->seed);
    struct address *one = hash_table_find(&table->addresses, hash, is_of, &key);
    if (!one)
        one = add(table, &key, hash, now_ms);
    return ration_of_address(one ? &one->rations : &table->others, kind, now_ms);
}

static void report_one(struct rations *rations, const struct sockaddr_storage *peer,
                       left_out_report *report, void *context)
{
    char text[LEFT_OUT_ROOM];
    if (rations->left_out && rations_take_left_out(rations, text))
        report(context, peer, text);
}

void address_rations_report(struct address_rations *table, int64_t now_ms, left_out_report *report,
                            void *context)
{
    for (struct address *one = hash_table_first(&table->addresses); one;
         one = hash_table_next(&table->addresses, &one->node))
        report_one(&one->rations, &one->key, report, context);
    report_one(&table->others, NULL, report, context);
    drop_full(table, now_ms);
}
