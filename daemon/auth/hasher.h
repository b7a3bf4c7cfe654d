/* SPDX-License-Identifier: BSD-2-Clause */
/* hasher.h - the children that check passwords: one short-lived process for each,
 * so no password stays in memory after its check, and the memory of an expensive
 * hash is freed.
 *
 * auth can't fork them itself: a child forked late would inherit every hash
 * and every queued password.  So a hash pool, forked before auth knows any
 * secret, forks them at auth's request and hands auth the end of a channel. */
#ifndef AUTH_HASHER_H
#define AUTH_HASHER_H

#include "daemon/auth/hash_kind.h"
#include "daemon/protocol/rows.h"

#include <stdbool.h>
#include <sys/types.h>

enum { HASH_SECONDS = 10 }; /* a check that takes longer is given up */

/* auth -> hash pool: a head.  Its answer brings one fd where error is 0. */
#define AUTH_TO_HASH_POOL(ROW) ROW(HASH_POOL_CHILD, 1, WHOLE(message_head), 0, ALWAYS, child)
enum hash_pool_message { AUTH_TO_HASH_POOL(BORDER_TYPE) };

struct hash_pool_answer {
    struct message_head head;
    uint32_t error; /* errno of socketpair or fork */
    uint32_t reserved;
};

/* auth -> hasher, once, and its answer; then the hasher ends. */
#define AUTH_TO_HASHER(ROW) ROW(HASHER_CHECK, 1, WHOLE(hasher_ask), 0, ALWAYS, check)
#define HASHER_TO_AUTH(ROW) ROW(HASHER_CHECK, 1, WHOLE(hasher_answer), 0, ALWAYS, verdict)
enum hasher_message { AUTH_TO_HASHER(BORDER_TYPE) };

struct hasher_ask {
    struct message_head head;
    char hash[HASH_ROOM];
    char password[PASSWORD_ROOM];
    char reserved[3];
    uint32_t rehash; /* 1: where it matches, a hash of the default kind is wanted, too */
};

enum hash_verdict {
    HASH_NO_VERDICT = 0, /* never sent: the hasher has died */
    HASH_MATCHES = 1,
    HASH_DIFFERS = 2,
    HASH_FAILED = 3,       /* crypt(3) would not */
    HASH_REFUSED_CALL = 4, /* its last message: its filter has refused a system call */
};

struct hasher_answer {
    struct message_head head;
    uint32_t verdict;     /* enum hash_verdict */
    uint32_t call;        /* HASH_REFUSED_CALL: its number */
    char made[HASH_ROOM]; /* the password's hash of the default kind; empty: none */
};

/* Forks the hash pool; its channel and *pid, or -errno.  Call before any secret
 * is in memory.  It ends, after its hashers, at the channel's end of file. */
int hash_pool_start(pid_t *pid);

/* Does the password match this hash?  Takes the time of one crypt(3) in any case. */
enum hash_verdict hash_check(const char *password, const char *hash);

/* Hashes it with a new salt, by crypt(3)'s default kind and cost.  Empty: crypt(3) would not. */
void hash_make(const char *password, char made[HASH_ROOM]);

#endif
