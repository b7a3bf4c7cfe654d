/* SPDX-License-Identifier: BSD-2-Clause */
/* keyring.c - runs in the keeper; no byte from outside. */
#include "daemon/keeper/keyring.h"

#include "common/text.h"
#include "daemon/protocol/key_print.h"

static void keyring_drop(struct keyring *ring, struct kept_key *kept)
{
    ring->retired -= kept->retired;
    EVP_PKEY_free(kept->key);
    *kept = (struct kept_key){ .key = NULL };
}

void keyring_retire(struct keyring *ring, uint64_t newest_cell)
{
    for (size_t i = 0; i < COUNT(ring->kept); i++) {
        struct kept_key *kept = &ring->kept[i];
        if (!kept->key || kept->retired)
            continue;
        kept->retired = true;
        kept->last_cell = newest_cell;
        ring->retired++;
    }
}

static const struct kept_key *keyring_lookup(const struct keyring *ring, uint32_t index,
                                             uint32_t print)
{
    for (size_t i = 0; i < COUNT(ring->kept); i++) {
        const struct kept_key *kept = &ring->kept[i];
        if (kept->key && kept->index == index && kept->print == print)
            return kept;
    }
    return NULL;
}

/* A free place; otherwise that of the key retired first: there were too many renewals during one
 * session. */
static struct kept_key *find_place(struct keyring *ring)
{
    struct kept_key *oldest = NULL;
    for (size_t i = 0; i < COUNT(ring->kept); i++) {
        struct kept_key *kept = &ring->kept[i];
        if (!kept->key)
            return kept;
        if (kept->retired && (!oldest || kept->last_cell < oldest->last_cell))
            oldest = kept;
    }
    return oldest;
}

bool keyring_put(struct keyring *ring, uint32_t index, EVP_PKEY *key)
{
    const uint32_t print = key_print(key);
    const struct kept_key *same = keyring_lookup(ring, index, print);
    struct kept_key *place = same ? &ring->kept[same - ring->kept] : find_place(ring);
    if (!place) {
        EVP_PKEY_free(key);
        return false;
    }
    keyring_drop(ring, place);
    *place = (struct kept_key){ .key = key, .index = index, .print = print };
    return true;
}

bool keyring_adopt(struct keyring *ring, uint32_t index, EVP_PKEY *key, uint64_t last_cell)
{
    const uint32_t print = key_print(key);
    struct kept_key *place = keyring_lookup(ring, index, print) ? NULL : find_place(ring);
    if (!place) {
        EVP_PKEY_free(key);
        return keyring_lookup(ring, index, print) != NULL;
    }
    keyring_drop(ring, place);
    *place = (struct kept_key){
        .key = key, .index = index, .print = print, .retired = true, .last_cell = last_cell
    };
    ring->retired++;
    return true;
}

EVP_PKEY *keyring_find(const struct keyring *ring, uint32_t index, uint32_t print)
{
    const struct kept_key *kept = keyring_lookup(ring, index, print);
    return kept ? kept->key : NULL;
}

void keyring_sweep(struct keyring *ring, uint64_t oldest_cell)
{
    for (size_t i = 0; ring->retired > 0 && i < COUNT(ring->kept); i++) {
        struct kept_key *kept = &ring->kept[i];
        if (kept->key && kept->retired && kept->last_cell < oldest_cell)
            keyring_drop(ring, kept);
    }
}
