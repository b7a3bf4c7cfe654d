/* SPDX-License-Identifier: BSD-2-Clause */
/* keyring.h - the keys of the keeper: the current ones, and those of sessions
 * that began before a renewal and still use the old certificate. */
#ifndef KEEPER_KEYRING_H
#define KEEPER_KEYRING_H

#include "daemon/config/config.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

enum { KEYS_MAX = 1 + HOSTS_MAX, KEYRING_ROOM = 4 * KEYS_MAX };

struct kept_key {
    EVP_PKEY *key;  /* NULL: the place is free */
    uint32_t index; /* 0: [tls]'s, 1 + n: of the n-th [host NAME] */
    uint32_t print; /* key_print() */
    bool retired;
    uint64_t last_cell; /* retired: the newest cell that may still need it */
};

struct keyring {
    struct kept_key kept[KEYRING_ROOM];
    uint32_t retired; /* their number */
};

/* A renewal: all keys are sent again, so the present ones serve no cell after newest_cell. */
void keyring_retire(struct keyring *ring, uint64_t newest_cell);

/* Owns the key from then on; a key that is there already is not kept twice.
 * False: no place, the key is freed. */
bool keyring_put(struct keyring *ring, uint32_t index, EVP_PKEY *key);

/* A predecessor's key, for cells up to last_cell.  Owns it; false: no place, the key is freed. */
bool keyring_adopt(struct keyring *ring, uint32_t index, EVP_PKEY *key, uint64_t last_cell);

/* The key, or NULL. */
EVP_PKEY *keyring_find(const struct keyring *ring, uint32_t index, uint32_t print);

/* Frees the retired ones that no cell from oldest_cell on needs. */
void keyring_sweep(struct keyring *ring, uint64_t oldest_cell);

#endif
