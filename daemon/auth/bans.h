/* SPDX-License-Identifier: BSD-2-Clause */
/* bans.h - the addresses that are refused for a time.  Auth keeps the list, the
 * master enforces it at accept.  If the list is full, the ban that would end first
 * is dropped.  Times are milliseconds of CLOCK_MONOTONIC, given by the caller. */
#ifndef AUTH_BANS_H
#define AUTH_BANS_H

#include "daemon/auth/key.h"

enum { BANS_MAX = 4096, BAN_MAX_S = 31536000 };

struct ban {
    struct key key;
    bool by_hand;  /* by an administrator, not for failures */
    bool reported; /* the master knows it */
    int64_t until_ms;
};

struct bans {
    size_t count;
    struct ban list[BANS_MAX]; /* in no order */
};

/* Bans the address until then; replaces an earlier ban of it.  True: another ban
 * was dropped, and *dropped is its address. */
bool bans_add(struct bans *bans, const struct key *key, int64_t until_ms, bool by_hand,
              struct key *dropped);

/* Lifts a ban.  False: there was none. */
bool bans_remove(struct bans *bans, const struct key *key);

/* The ban of an address, or NULL. */
const struct ban *bans_find(const struct bans *bans, const struct key *key);

/* Removes those that have ended. */
void bans_expire(struct bans *bans, int64_t now_ms);

#endif
