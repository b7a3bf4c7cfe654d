/* SPDX-License-Identifier: BSD-2-Clause */
/* bans.c - runs in auth: the list of bans.  Bans are rare, a few per second at
 * most, so searching the list costs less than a second index. */
#include "daemon/auth/bans.h"

static struct ban *find(struct bans *bans, const struct key *key)
{
    for (size_t i = 0; i < bans->count; i++) {
        if (key_equal(&bans->list[i].key, key))
            return &bans->list[i];
    }
    return NULL;
}

static struct ban *first_to_end(struct bans *bans)
{
    struct ban *first = &bans->list[0];
    for (size_t i = 1; i < bans->count; i++) {
        if (bans->list[i].until_ms < first->until_ms)
            first = &bans->list[i];
    }
    return first;
}

bool bans_add(struct bans *bans, const struct key *key, int64_t until_ms, bool by_hand,
              struct key *dropped)
{
    struct ban *ban = find(bans, key);
    const bool full = !ban && bans->count == BANS_MAX;
    if (full) {
        ban = first_to_end(bans);
        *dropped = ban->key;
    } else if (!ban) {
        ban = &bans->list[bans->count++];
    }
    *ban = (struct ban){ .key = *key, .by_hand = by_hand, .until_ms = until_ms };
    return full;
}

bool bans_remove(struct bans *bans, const struct key *key)
{
    struct ban *ban = find(bans, key);
    if (!ban)
        return false;
    *ban = bans->list[--bans->count];
    return true;
}

const struct ban *bans_find(const struct bans *bans, const struct key *key)
{
    return find((struct bans *)(uintptr_t)bans, key);
}

void bans_expire(struct bans *bans, int64_t now_ms)
{
    for (size_t i = bans->count; i-- > 0;) {
        if (bans->list[i].until_ms <= now_ms)
            bans->list[i] = bans->list[--bans->count];
    }
}
