/* hash.h - auth's side of the hashers: a number of them kept warm, each used
 * once, never more than the limit at a time (law L2). */
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

struct hasher {
    struct end end; /* .fd -1: none */
    enum hasher_state state;
    struct attempt *attempt; /* whose password it checks; NULL: given up */
};

struct hashers {
    int epoll;
    struct end pool;
    pid_t pool_pid;
    size_t limit;          /* hashers at a time: warm, busy, asked for */
    size_t living;         /* warm and busy */
    size_t asked;          /* of the hash pool, not yet come */
    int64_t not_before_ms; /* the hash pool could not fork: it is left alone until then */
    struct hasher all[HASHERS_MAX];
};

/* Forks the hash pool and asks for the first hashers.  Before any secret is in
 * memory.  Dies where it can't. */
void hashers_start(struct hashers *hashers, int epoll, uint32_t concurrency);

/* Ends the hashers and the hash pool, and waits for it. */
void hashers_stop(struct hashers *hashers);

/* A new limit; 0: twice the processors. */
void hashers_limit(struct hashers *hashers, uint32_t concurrency);

/* Asks for as many as are missing. */
void hashers_refill(struct hashers *hashers, int64_t now_ms);

/* Takes in what the hash pool hands over.  Dies where the hash pool is gone: only
 * an auth that is started anew can have another. */
void hashers_pool_ready(struct hashers *hashers, int64_t now_ms);

/* Gives the work to a warm hasher.  False: there is none. */
bool hashers_give(struct hashers *hashers, struct attempt *attempt, const char *hash, const char *password);

bool hashers_have_warm(const struct hashers *hashers);

/* Are there fewer than the limit, with none asked for? */
bool hashers_are_missing(const struct hashers *hashers);

/* Nobody waits for this attempt's verdict any more.  Its hasher goes on to its
 * end and counts until then: who hangs up does not make room for more. */
void hashers_give_up(struct hashers *hashers, const struct attempt *attempt);

/* Reads a hasher's answer; the hasher is gone then.  False: it has said nothing
 * yet.  *attempt may be NULL: nobody waits for it; HASH_NO_VERDICT: it has died. */
bool hashers_answer(struct hashers *hashers, struct hasher *hasher, struct attempt **attempt,
                    enum hash_verdict *verdict);

#endif
