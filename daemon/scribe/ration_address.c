/* SPDX-License-Identifier: BSD-2-Clause */
/* ration_address.c - runs in the scribe: rations by address, in a table of
 * bounded size.  An entry is dropped when its buckets are full again.  Addresses
 * for which there is no room share one ration. */
#include "common/addr.h"
#include "daemon/scribe/ration.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

enum { BUCKETS = 1024, ADDRESSES_MAX = 8192 };

struct address {
    struct address *next;
    struct sockaddr_storage key;
    struct rations rations;
};

struct address_rations {
    uint64_t seed; /* prevents chosen addresses from colliding in one bucket */
    size_t count;
    int64_t swept_ms;
    struct rations others;
    struct address *buckets[BUCKETS];
};

struct address_rations *address_rations_new(void)
{
    struct address_rations *table = calloc(1, sizeof *table);
    const void *random = (const void *)getauxval(AT_RANDOM); /* 16 random bytes from the kernel */
    if (table && random)
        memcpy(&table->seed, random, sizeof table->seed);
    return table;
}

static struct address **bucket_of(struct address_rations *table, const struct sockaddr_storage *key)
{
    const unsigned char *bytes = (const unsigned char *)key;
    uint64_t hash = table->seed;
    for (socklen_t i = 0; i < addr_size(key); i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3ULL;
    return &table->buckets[(hash >> 32 ^ hash) % BUCKETS];
}

static void drop_full(struct address_rations *table, int64_t now_ms)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        struct address **at = &table->buckets[i];
        while (*at) {
            struct address *one = *at;
            if (!rations_are_full(&one->rations, now_ms)) {
                at = &one->next;
                continue;
            }
            *at = one->next;
            free(one);
            table->count--;
        }
    }
    table->swept_ms = now_ms;
}

static struct address *add(struct address_rations *table, struct address **bucket,
                           const struct sockaddr_storage *key, int64_t now_ms)
{
    if (table->count >= ADDRESSES_MAX && now_ms != table->swept_ms)
        drop_full(table, now_ms);
    struct address *one = table->count < ADDRESSES_MAX ? calloc(1, sizeof *one) : NULL;
    if (!one)
        return NULL;
    one->key = *key;
    one->next = *bucket;
    *bucket = one;
    table->count++;
    return one;
}

bool ration_address(struct address_rations *table, const struct sockaddr_storage *peer,
                    enum record_kind kind, int64_t now_ms)
{
    struct sockaddr_storage key;
    addr_key(peer, &key);
    struct address **bucket = bucket_of(table, &key);
    struct address *one = *bucket;
    while (one && !addr_same_host(&one->key, &key))
        one = one->next;
    if (!one)
        one = add(table, bucket, &key, now_ms);
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
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct address *one = table->buckets[i]; one; one = one->next)
            report_one(&one->rations, &one->key, report, context);
    }
    report_one(&table->others, NULL, report, context);
    drop_full(table, now_ms);
}
