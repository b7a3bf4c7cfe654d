/* SPDX-License-Identifier: BSD-2-Clause */
/* hash.h - auth's side of the hashers: some of them are kept waiting, each is used
 * once, and there are never more than the limit (law L2). */
#ifndef AUTH_HASH_H
#define AUTH_HASH_H

#include "daemon/auth/hasher.h"
#include "daemon/auth/timers.h"
#include "daemon/auth/watch.h"

#include <stddef.h>
#include <stdint.h>

enum { HASHERS_MAX = 1024 };

enum hasher_state { HASHER_NONE, HASHER_WARM, HASHER_BUSY };

struct attempt;

struct hash_result {
    enum hash_verdict verdict; /* HASH_NO_VERDICT: the hasher has died */
    char made[HASH_ROOM];      /* a hash of the default kind, if one was wanted; empty: none */
};

struct hasher {
    struct end end; /* .fd -1: none */
    enum hasher_state state;
    struct attempt *attempt; /* the attempt whose password it checks; NULL: given up */
};

struct hashers {
    int epoll;
    struct end pool;
    pid_t pool_pid;
    size_t limit;          /* hashers at a time: warm, busy, asked for */
    size_t living;         /* warm and busy */
    size_t asked;          /* from the hash pool, not yet received */
    int64_t not_before_ms; /* the hash pool could not fork: not asked again until then */
    struct hasher all[HASHERS_MAX];
};

/* Forks the hash pool and asks for the first hashers.  Must be called before any
 * secret is in memory.  Dies if it fails. */
void hashers_start(struct hashers *hashers, int epoll, uint32_t concurrency);

/* Ends the hashers and the hash pool, and waits for it. */
void hashers_stop(struct hashers *hashers);

/* Sets the limit; 0: twice the number of processors. */
void hashers_limit(struct hashers *hashers, uint32_t concurrency);

/* Asks for as many as are missing. */
void hashers_refill(struct hashers *hashers, int64_t now_ms);

/* Receives what the hash pool hands over.  Dies if the hash pool is gone: only a
 * restarted auth can have another. */
void hashers_pool_ready(struct hashers *hashers, int64_t now_ms);

/* Gives the attempt's hash and password to a warm hasher.  False: there is none. */
bool hashers_give(struct hashers *hashers, struct attempt *attempt);

bool hashers_have_warm(const struct hashers *hashers);

/* Does one compute a hash? */
bool hashers_are_busy(const struct hashers *hashers);

/* Are there fewer than the limit, with none asked for? */
bool hashers_are_missing(const struct hashers *hashers);

/* The result of this attempt is no longer needed.  Its hasher goes on and counts
 * until it exits, so a client that disconnects frees no place. */
void hashers_give_up(struct hashers *hashers, const struct attempt *attempt);

/* Reads a hasher's answer, after which the hasher exits.  False: there is no
 * answer yet.  *attempt may be NULL: the result is not needed. */
bool hashers_answer(struct hashers *hashers, struct hasher *hasher, struct attempt **attempt,
                    struct hash_result *result);

#endif
