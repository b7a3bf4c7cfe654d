/* SPDX-License-Identifier: BSD-2-Clause */
/* hash_kind.h - which password hashes are accepted (law L4), what they cost to
 * check, and dummies that cost the same.  Nothing here computes a hash. */
#ifndef AUTH_HASH_KIND_H
#define AUTH_HASH_KIND_H

#include "common/old_hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HASH_ROOM = 384, /* CRYPT_OUTPUT_SIZE of crypt(3) */ COST_ROOM = 64 };

enum hash_worth {
    HASH_GOOD,
    HASH_OLD,     /* accepted with a warning */
    HASH_WAIVED,  /* of a kind that is refused, but accept_hashes names it */
    HASH_LOCKED,  /* begins with '!' or '*', or is empty */
    HASH_WEAK,    /* of a kind that is refused */
    HASH_UNKNOWN, /* not a form that crypt(3) makes */
};

/* The parts of a hash that a password may match. */
struct hash_parts {
    const char *kind;   /* for people: "yescrypt" */
    size_t cost_length; /* bytes from the start that hold kind and cost */
    size_t salt_at, salt_length;
};

/* accepted: bits of enum old_hash. */
enum hash_worth hash_judge(const char *hash, uint32_t accepted, struct hash_parts *parts);

/* Does the server check passwords against hashes of this worth? */
static inline bool hash_is_checked(enum hash_worth worth)
{
    return worth <= HASH_WAIVED;
}

/* What is wrong with it, for a log line. */
const char *hash_worth_text(enum hash_worth worth);

/* A hash that no password matches, of the sample's kind and cost, with a random
 * salt.  sample NULL: of crypt(3)'s default kind and cost. */
bool hash_dummy(const char *sample, char dummy[HASH_ROOM]);

#endif
