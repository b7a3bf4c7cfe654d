/* per_address.c - runs in the master: how many sessions each address has, and
 * until when it is banned.  A chained hash table of entries that live as long
 * as they say something. */
#include "daemon/master/master.h"

#include "common/addr.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { BUCKETS = 4096 };

struct address_entry {
    struct address_entry *next;
    struct sockaddr_storage key;
    uint32_t sessions;
    int64_t banned_until_ms; /* 0: no ban */
};

struct address_table {
    uint64_t seed; /* so that nobody can choose addresses that meet in one bucket */
    struct address_entry *buckets[BUCKETS];
};

struct address_table *addresses_new(void)
{
    struct address_table *table = calloc(1, sizeof *table);
    if (table && getrandom(&table->seed, sizeof table->seed, 0) != (ssize_t)sizeof table->seed) {
        free(table);
        return NULL;
    }
    return table;
}

static struct address_entry **bucket_of(struct address_table *table, const struct sockaddr_storage *key)
{
    const unsigned char *bytes = (const unsigned char *)key;
    uint64_t hash = table->seed;
    for (socklen_t i = 0; i < addr_size(key); i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3ULL;
    return &table->buckets[(hash >> 32 ^ hash) % BUCKETS];
}

struct address_entry *address_find(struct address_table *table, const struct sockaddr_storage *peer)
{
    struct sockaddr_storage key;
    addr_key(peer, &key);
    struct address_entry **bucket = bucket_of(table, &key);
    for (struct address_entry *entry = *bucket; entry; entry = entry->next) {
        if (addr_same_host(&entry->key, &key))
            return entry;
    }
    struct address_entry *entry = calloc(1, sizeof *entry);
    if (!entry)
        return NULL;
    entry->key = key;
    entry->next = *bucket;
    *bucket = entry;
    return entry;
}

uint32_t address_sessions(const struct address_entry *entry)
{
    return entry->sessions;
}

void address_add(struct address_entry *entry)
{
    entry->sessions++;
}

void address_remove(struct address_table *table, struct address_entry *entry)
{
    entry->sessions--;
    address_drop_if_idle(table, entry, 0);
}

void address_ban(struct address_entry *entry, int64_t until_ms)
{
    entry->banned_until_ms = until_ms;
}

bool address_is_banned(const struct address_entry *entry, int64_t now)
{
    return entry->banned_until_ms > now;
}

void address_drop_if_idle(struct address_table *table, struct address_entry *entry, int64_t now)
{
    if (entry->sessions || address_is_banned(entry, now))
        return;
    struct address_entry **at = bucket_of(table, &entry->key);
    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    free(entry);
}
