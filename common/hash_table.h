/* SPDX-License-Identifier: BSD-2-Clause */
/* hash_table.h - a chained hash table whose links are part of its entries.
 *
 * An entry is a struct that begins with a hash_node.  The caller owns entries and
 * buckets, and computes the hash: a keyed one, if an attacker can choose keys.
 * Nothing here allocates or frees, and the number of buckets never changes. */
#ifndef COMMON_HASH_TABLE_H
#define COMMON_HASH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first field of an entry. */
struct hash_node {
    struct hash_node *next; /* in its bucket */
    uint64_t hash;
};

struct hash_table {
    struct hash_node **buckets;
    size_t mask;  /* the number of buckets - 1 */
    size_t count; /* of entries */
};

/* bucket_count: a power of two.  The buckets are NULL, and remain where they are. */
void hash_table_init(struct hash_table *table, struct hash_node **buckets, size_t bucket_count);

/* Adds an entry that is not in the table. */
void hash_table_add(struct hash_table *table, struct hash_node *entry, uint64_t hash);

/* Removes an entry of the table. */
void hash_table_remove(struct hash_table *table, struct hash_node *entry);

/* The entry with this hash and key, or NULL.  matches is called only if the hashes are equal. */
typedef bool hash_match(const void *entry, const void *key);
void *hash_table_find(const struct hash_table *table, uint64_t hash, hash_match *matches,
                      const void *key);

/* The entry that was added with this number as its hash, or NULL. */
void *hash_table_find_number(const struct hash_table *table, uint64_t number);

/* All entries, bucket after bucket; NULL: the end.  An entry may be removed before its successor
 * is asked for, but not freed. */
void *hash_table_first(const struct hash_table *table);
void *hash_table_next(const struct hash_table *table, const struct hash_node *entry);

/* Calls drop for each entry of one bucket, and removes those for which it returns true. drop may
 * free these. */
typedef bool hash_drop(void *entry, void *context);
void hash_table_sweep(struct hash_table *table, size_t bucket, hash_drop *drop, void *context);

#endif
