/* SPDX-License-Identifier: BSD-2-Clause */
/* per_address.c - runs in the master: how many sessions each address has,
 * until when it is banned, and how many connections it may make now (a token
 * bucket).  A hash table; a slow sweep frees entries that are idle.
 *
 * An IPv6 address has an entry for its /64 and one for its /48, which counts
 * for the whole network: its owner has 65,536 /64s. */
#include "daemon/master/per_address.h"

#include "common/addr.h"
#include "common/hash_table.h"
#include "common/text.h"

#include <stdlib.h>
#include <sys/random.h>

enum { BUCKETS = 4096, SWEPT_AT_ONCE = 512 };

struct address_entry {
    struct hash_node node;
    struct address_entry *network; /* NULL: it has none, or is one */
    uint32_t members;              /* of a network: entries that name it */
    bool is_network;
    struct sockaddr_storage key;
    uint32_t sessions;
    int64_t banned_until_ms; /* 0: no ban */
    /* when its bucket of connections is full again; in the past: it is */
    int64_t full_at_us;
    struct address_queue queue; /* .sessions includes its clients */
};

struct address_table {
    uint64_t seed;  /* so that no client can choose addresses that share a bucket */
    uint32_t swept; /* the next bucket to sweep */
    struct hash_table entries;
    struct hash_node *buckets[BUCKETS];
};

struct address_table *addresses_new(void)
{
    struct address_table *table = calloc(1, sizeof *table);
    if (table && getrandom(&table->seed, sizeof table->seed, 0) != (ssize_t)sizeof table->seed) {
        free(table);
        return NULL;
    }
    if (table)
        hash_table_init(&table->entries, table->buckets, BUCKETS);
    return table;
}

static bool is_address(const void *entry, const void *key)
{
    const struct address_entry *address = entry;
    return !address->is_network && addr_same_host(&address->key, key);
}

static bool is_network(const void *entry, const void *key)
{
    const struct address_entry *network = entry;
    return network->is_network && addr_same_host(&network->key, key);
}

static struct address_entry *address_lookup(struct address_table *table,
                                            const struct sockaddr_storage *key, hash_match *kind)
{
    return hash_table_find(&table->entries, addr_hash(key, table->seed), kind, key);
}

static struct address_entry *address_make(struct address_table *table,
                                          const struct sockaddr_storage *key,
                                          struct address_entry *network, bool as_network)
{
    struct address_entry *entry = calloc(1, sizeof *entry);
    if (!entry)
        return NULL;
    *entry = (struct address_entry){ .key = *key, .is_network = as_network, .network = network };
    hash_table_add(&table->entries, &entry->node, addr_hash(key, table->seed));
    if (network)
        network->members++;
    return entry;
}

struct address_entry *address_find_network(struct address_table *table,
                                           const struct sockaddr_storage *peer)
{
    struct sockaddr_storage key;
    if (!addr_network(peer, &key))
        return NULL;
    struct address_entry *entry = address_lookup(table, &key, is_network);
    return entry ? entry : address_make(table, &key, NULL, true);
}

/* An IPv6 entry exists only with its network's. */
struct address_entry *address_find(struct address_table *table, const struct sockaddr_storage *peer)
{
    struct sockaddr_storage key;
    addr_key(peer, &key);
    struct address_entry *entry = address_lookup(table, &key, is_address);
    if (entry)
        return entry;
    struct address_entry *network = address_find_network(table, peer);
    if (network || key.ss_family != AF_INET6)
        entry = address_make(table, &key, network, false);
    if (!entry && network)
        address_drop_if_idle(table, network, now_ms());
    return entry;
}

struct address_queue *address_queue(struct address_entry *entry)
{
    return &entry->queue;
}

struct address_entry *address_network(const struct address_entry *entry)
{
    return entry->network;
}

uint32_t address_sessions(const struct address_entry *entry)
{
    return entry->sessions;
}

void address_add(struct address_entry *entry)
{
    entry->sessions++;
    if (entry->network)
        entry->network->sessions++;
}

void address_remove(struct address_table *table, struct address_entry *entry)
{
    entry->sessions--;
    if (entry->network)
        entry->network->sessions--;
    address_drop_if_idle(table, entry, now_ms());
}

void address_ban(struct address_entry *entry, int64_t until_ms)
{
    entry->banned_until_ms = until_ms;
}

bool address_is_banned(const struct address_entry *entry, int64_t now)
{
    return entry->banned_until_ms > now ||
           (entry->network && entry->network->banned_until_ms > now);
}

size_t addresses_banned(const struct address_table *table, int64_t now)
{
    size_t count = 0;
    const struct address_entry *entry = hash_table_first(&table->entries);
    for (; entry; entry = hash_table_next(&table->entries, &entry->node))
        count += entry->banned_until_ms > now;
    return count;
}

/* Each connection takes a token, of which the bucket holds `burst` and gets
 * `rate` a second.  When it will be full says how full it is. */
bool address_may_connect(struct address_entry *entry, uint32_t rate, uint32_t burst, int64_t now)
{
    if (rate == 0)
        return true;
    const int64_t share_us = 1000000 / rate, now_us = now * 1000;
    const int64_t full_us = entry->full_at_us > now_us ? entry->full_at_us : now_us;
    if (full_us + share_us > now_us + share_us * burst)
        return false;
    entry->full_at_us = full_us + share_us;
    return true;
}

static bool is_idle(const struct address_entry *entry, int64_t now)
{
    return !entry->sessions && !entry->members && entry->banned_until_ms <= now &&
           entry->full_at_us <= now * 1000;
}

/* Its network may be idle now: that is for the caller or a later sweep. */
static void address_free(struct address_entry *entry)
{
    if (entry->network)
        entry->network->members--;
    free(entry);
}

static bool drop_idle(void *entry, void *context)
{
    const int64_t *now = context;
    if (!is_idle(entry, *now))
        return false;
    address_free(entry);
    return true;
}

size_t addresses_sweep(struct address_table *table, int64_t now)
{
    for (int i = 0; i < SWEPT_AT_ONCE; i++) {
        hash_table_sweep(&table->entries, table->swept, drop_idle, &now);
        table->swept = (table->swept + 1) % BUCKETS;
    }
    return table->entries.count;
}

void address_drop_if_idle(struct address_table *table, struct address_entry *entry, int64_t now)
{
    while (entry && is_idle(entry, now)) {
        struct address_entry *network = entry->network;
        hash_table_remove(&table->entries, &entry->node);
        address_free(entry);
        entry = network;
    }
}

void addresses_keep(const struct address_table *table, struct keeping *keeping)
{
    uint32_t count = 0;
    const struct address_entry *entry = hash_table_first(&table->entries);
    for (; entry; entry = hash_table_next(&table->entries, &entry->node)) {
        struct kept_address *kept = keeping_add(keeping, sizeof *kept);
        if (!kept)
            return;
        *kept = (struct kept_address){ .key = entry->key,
                                       .is_network = entry->is_network,
                                       .banned_until_ms = entry->banned_until_ms,
                                       .full_at_us = entry->full_at_us };
        count++;
    }
    keeping_head(keeping)->addresses = count;
}

bool addresses_restore(struct address_table *table, const struct kept_head *head,
                       struct kept_reader *reader)
{
    const struct kept_address *kept = kept_next(reader, sizeof *kept, head->addresses);
    if (!kept)
        return false;
    for (uint32_t i = 0; i < head->addresses; i++) {
        struct address_entry *entry = kept[i].is_network ? address_find_network(table, &kept[i].key)
                                                         : address_find(table, &kept[i].key);
        if (!entry)
            return false;
        entry->banned_until_ms = kept[i].banned_until_ms;
        entry->full_at_us = kept[i].full_at_us;
    }
    return true;
}
