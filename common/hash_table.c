/* SPDX-License-Identifier: BSD-2-Clause */
/* hash_table.c - a chained hash table whose links are part of its entries. */
#include "common/hash_table.h"

void hash_table_init(struct hash_table *table, struct hash_node **buckets, size_t bucket_count)
{
    *table = (struct hash_table){ .buckets = buckets, .mask = bucket_count - 1 };
}

static struct hash_node **bucket_of(const struct hash_table *table, uint64_t hash)
{
    return &table->buckets[hash & table->mask];
}

void hash_table_add(struct hash_table *table, struct hash_node *entry, uint64_t hash)
{
    struct hash_node **bucket = bucket_of(table, hash);
    *entry = (struct hash_node){ .next = *bucket, .hash = hash };
    *bucket = entry;
    table->count++;
}

void hash_table_remove(struct hash_table *table, struct hash_node *entry)
{
    struct hash_node **at = bucket_of(table, entry->hash);
    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    table->count--;
}

void *hash_table_find(const struct hash_table *table, uint64_t hash, hash_match *matches,
                      const void *key)
{
    struct hash_node *node = *bucket_of(table, hash);
    while (node && (node->hash != hash || !matches(node, key)))
        node = node->next;
    return node;
}

void *hash_table_find_number(const struct hash_table *table, uint64_t number)
{
    struct hash_node *node = *bucket_of(table, number);
    while (node && node->hash != number)
        node = node->next;
    return node;
}

/* The first entry at or after a bucket. */
static void *first_from(const struct hash_table *table, size_t bucket)
{
    while (bucket <= table->mask && !table->buckets[bucket])
        bucket++;
    return bucket <= table->mask ? table->buckets[bucket] : NULL;
}

void *hash_table_first(const struct hash_table *table)
{
    return first_from(table, 0);
}

void *hash_table_next(const struct hash_table *table, const struct hash_node *entry)
{
    return entry->next ? entry->next : first_from(table, (entry->hash & table->mask) + 1);
}

void hash_table_sweep(struct hash_table *table, size_t bucket, hash_drop *drop, void *context)
{
    struct hash_node **at = &table->buckets[bucket & table->mask];
    while (*at) {
        struct hash_node *next = (*at)->next;
        if (!drop(*at, context)) {
            at = &(*at)->next;
            continue;
        }
        *at = next;
        table->count--;
    }
}
