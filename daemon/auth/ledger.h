/* ledger.h - what lies under one home, to the byte, and what may still come.
 *
 * Whoever changes the files opens a lease first, and closes it with what has
 * become of it.  Leased is what open leases may still add: used and leased
 * together never pass a limit, whatever uploads run side by side.  The files
 * are counted by a JAIL, while no lease is open and none is given: a count and
 * a change never overlap.
 *
 * A lease whose holder was killed counts as used to its last byte, and the
 * ledger is stale: it is counted anew as soon as no lease is open.  Until then
 * it errs on the one safe side.  Pure: no system call. */
#ifndef AUTH_LEDGER_H
#define AUTH_LEDGER_H

#include "daemon/protocol/auth_jail.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LEDGER_SHARE = 64, /* of what is left, one grant takes this part */
    LEDGER_PIECE_LEAST = 4 * 1024,
    LEDGER_PIECE_MOST = 16 * 1024 * 1024,
    LEDGER_FRESH_MS = 60 * 1000, /* nobody is refused by a count that is older */
    LEDGER_NOT_YET = 100,        /* beside enum quota_result: ask again when a lease or the count has ended */
};

struct ledger_amount {
    uint64_t bytes, files;
};

struct ledger_key { /* of a home */
    uint64_t sum[2];
};

struct ledger {
    struct ledger_key key;
    struct ledger_amount used, leased;
    int64_t counted_ms; /* CLOCK_MONOTONIC, which one boot has one of */
    bool known;         /* used was counted, and kept since */
    bool stale;         /* it may be too high */
    bool held;          /* leases of an auth that has died may be out: no count */
    bool counting;      /* a JAIL counts */
    uint32_t leases;    /* open ones */
    uint32_t sessions;  /* that may ask */
    size_t slot;        /* ledger_book.h */
    struct ledger *next;
};

struct lease { /* one a JAIL */
    bool open;
    struct ledger_amount left; /* granted, as far as it is limited */
};

struct ledger_rules {
    struct ledger_amount limit; /* 0: none */
    int64_t recount_ms;         /* 0: never for its age */
};

/* A change begins.  enum quota_result or LEDGER_NOT_YET; after QUOTA_GRANTED the lease is open, and
 * *bytes is what it may add (UINT64_MAX: no limit); after QUOTA_COUNT the asker counts. */
int ledger_open(struct ledger *ledger, struct lease *lease, const struct ledger_rules *rules, uint32_t wants,
                int64_t now_ms, uint64_t *bytes);

/* The open lease needs more: of bytes `least` at least, or nothing is granted. */
int ledger_more(struct ledger *ledger, struct lease *lease, const struct ledger_rules *rules, uint32_t wants,
                uint64_t least, uint64_t *bytes);

/* The change has been made: so much more or less than before.  An open lease is closed. */
void ledger_close(struct ledger *ledger, struct lease *lease, int64_t bytes, int64_t files);

/* In the middle of a change of whoever holds the lease, files beside it went. */
void ledger_freed(struct ledger *ledger, uint64_t bytes, uint64_t files);

/* Its holder was killed. */
void ledger_abandon(struct ledger *ledger, struct lease *lease);

/* The count has ended; NULL: without a result.  One that could not see all takes nothing off. */
void ledger_counted(struct ledger *ledger, const struct ledger_amount *found, bool partial, int64_t now_ms);

/* Read back after its auth has died: what was leased counts as used. */
void ledger_take_over(struct ledger *ledger);

/* Bytes that nobody was granted; UINT64_MAX: no limit. */
uint64_t ledger_left(const struct ledger *ledger, const struct ledger_rules *rules);

#endif
