/* SPDX-License-Identifier: BSD-2-Clause */
/* ledger.h - the exact usage of one home, and what may still be added.
 *
 * A JAIL that changes files opens a lease first, and closes it with the result.
 * `leased` is what open leases may still add: used and leased together never
 * exceed a limit, however many uploads run in parallel.  A JAIL counts the files
 * while no lease is open and none is granted, so a count and a change never
 * overlap.
 *
 * A lease whose holder was killed counts as used in full, and the ledger is stale:
 * the files are counted again as soon as no lease is open.  Until then the ledger
 * is at most too high.  Pure: no system call. */
#ifndef AUTH_LEDGER_H
#define AUTH_LEDGER_H

#include "common/hash_table.h"
#include "daemon/protocol/auth_jail.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LEDGER_SHARE = 64, /* one grant takes this part of what is left */
    LEDGER_PIECE_MIN = 4 * 1024,
    LEDGER_PIECE_MAX = 16 * 1024 * 1024,
    LEDGER_FRESH_MS = 60 * 1000, /* no change is refused because of an older count */
    LEDGER_NOT_YET =
        100, /* in addition to enum quota_result: ask again when a lease or the count has ended */
};

struct ledger_amount {
    uint64_t bytes, files;
};
/* of a home */
struct ledger_key {
    uint64_t sum[2];
};

struct ledger {
    struct hash_node node; /* ledger_book.h */
    struct ledger_key key;
    struct ledger_amount used, leased;
    int64_t counted_ms; /* CLOCK_MONOTONIC, valid within one boot */
    bool known;         /* used was counted, and kept up to date since */
    bool stale;         /* it may be too high */
    bool held;          /* leases of a dead auth may still be open: no count */
    bool counting;      /* a JAIL counts */
    uint32_t leases;    /* open ones */
    uint32_t sessions;  /* that may send requests */
    size_t slot;        /* ledger_book.h */
};
/* one a JAIL */
struct lease {
    bool open;
    struct ledger_amount left; /* granted and not used, as far as it is limited */
};

struct ledger_rules {
    struct ledger_amount limit; /* 0: none */
    int64_t recount_ms;         /* 0: never for its age */
};

/* A change begins.  enum quota_result or LEDGER_NOT_YET; after QUOTA_GRANTED the
 * lease is open, and *bytes is what it may add (UINT64_MAX: no limit); after
 * QUOTA_COUNT the asking JAIL counts the files. */
int ledger_open(struct ledger *ledger, struct lease *lease, const struct ledger_rules *rules,
                uint32_t wants, int64_t now_ms, uint64_t *bytes);

/* The open lease needs more: at least `least` bytes, or nothing is granted. */
int ledger_more(struct ledger *ledger, struct lease *lease, const struct ledger_rules *rules,
                uint32_t wants, uint64_t least, uint64_t *bytes);

/* The change was made, with this difference.  An open lease is closed. */
void ledger_close(struct ledger *ledger, struct lease *lease, int64_t bytes, int64_t files);

/* During a change, the holder of the lease has also removed other files. */
void ledger_freed(struct ledger *ledger, uint64_t bytes, uint64_t files);

/* Its holder was killed. */
void ledger_abandon(struct ledger *ledger, struct lease *lease);

/* The count has ended; NULL: without a result.  A count that could not see all
 * files never lowers the usage. */
void ledger_counted(struct ledger *ledger, const struct ledger_amount *found, bool partial,
                    int64_t now_ms);

/* Read from the file after its auth has died: what was leased counts as used. */
void ledger_take_over(struct ledger *ledger);

/* Bytes not granted to any session; UINT64_MAX: no limit. */
uint64_t ledger_left(const struct ledger *ledger, const struct ledger_rules *rules);

#endif
