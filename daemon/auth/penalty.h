/* SPDX-License-Identifier: BSD-2-Clause */
/* penalty.h - failures by address and by network (law L3): how long a refusal
 * waits, and when an address is banned.  A bounded table: if it is full, the
 * address with the oldest last failure is dropped, which would also expire first.
 * Times are milliseconds of CLOCK_MONOTONIC, given by the caller. */
#ifndef AUTH_PENALTY_H
#define AUTH_PENALTY_H

#include "daemon/auth/key.h"

#include <stdint.h>

enum { PENALTY_ADDRESSES = 16384, PENALTY_LEAST_MS = 1000, PENALTY_MOST_MS = 4000 };

struct penalties;

/* The limits, from the configuration; may change at any time. */
struct penalty_rules {
    uint32_t ban_after;  /* failures ... */
    uint32_t ban_window; /* ... within seconds of the first of them */
    uint32_t ban_time;   /* seconds; 0: no bans */
    /* of a network: how many failures count as one of an address; otherwise 0 */
    uint32_t factor;
};

enum failure {
    FAILURE_COUNTS,    /* for the delay and for the ban */
    FAILURE_DELAYS,    /* for the delay only: no PASS, the name anonymous */
    FAILURE_BANS_ONLY, /* for the ban only: a session that crashed */
};

struct penalty {
    int64_t delay_ms; /* how long the refusal waits */
    bool ban;         /* the address has just reached ban_after */
};

/* A table for at most `most` addresses; dies if there is no memory. */
struct penalties *penalties_new(size_t most);

/* Takes NULL. */
void penalties_free(struct penalties *table);

/* Counts a failure. */
struct penalty penalty_failure(struct penalties *table, const struct penalty_rules *rules,
                               const struct key *key, enum failure failure, int64_t now_ms);

/* A successful log-in: the address's next refusal has the shortest delay again.
 * The count for the ban stays, because an attacker may have one valid account.
 * False: nothing to reset. */
bool penalty_success(struct penalties *table, const struct key *key);

/* Removes all failures of an address. */
void penalty_forget(struct penalties *table, const struct key *key);

size_t penalties_count(const struct penalties *table);

/* The same without those of networks. */
size_t penalties_addresses(const struct penalties *table);

/* The data of an address, to be kept across restarts. */
struct penalty_record {
    struct key key;
    uint32_t level, counted;
    int64_t window_ms, last_ms;
};

/* What is known of one address or network.  False: nothing. */
bool penalty_find(struct penalties *table, const struct key *key, struct penalty_record *to);

/* Copies the records in use, beginning with the oldest last failure; at most
 * `most`. Returns their number. */
size_t penalties_copy(const struct penalties *table, struct penalty_record *to, size_t most);

/* Restores a record; if the address has one already, that one stays. */
void penalty_restore(struct penalties *table, const struct penalty_record *record);

#endif
