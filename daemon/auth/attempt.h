/* SPDX-License-Identifier: BSD-2-Clause */
/* attempt.h - one log-in, from NET's question to the answer or the refusal.  It
 * holds the password until a hasher has it. */
#ifndef AUTH_ATTEMPT_H
#define AUTH_ATTEMPT_H

#include "daemon/auth/hash_kind.h"
#include "daemon/auth/key.h"
#include "daemon/auth/policy.h"
#include "daemon/auth/queue.h"
#include "daemon/protocol/to_scribe.h"

/* Who knows the user, and checks the password. */
enum login_source {
    SOURCE_FILE,    /* the user file; also of a user that nothing knows */
    SOURCE_CHECKER, /* `checker`; asked where the user file has no such user */
};

struct attempt {
    struct cell *cell; /* NULL: the client has hung up; the result counts all the same */
    uint64_t number;   /* the cell's */
    struct key key;
    enum login_source source;
    struct place place; /* in the queue of its source */
    int64_t asked_ms;
    int64_t hashing_ms; /* since when its hash is computed, or its source is asked */
    unsigned file;      /* which user file: an index into files.users */
    struct sockaddr_storage peer;
    bool tls;
    bool tls_required; /* by the listener */
    bool too_long;
    bool rehash;          /* its hash is of an old kind, and is to be replaced */
    bool home_may_come;   /* the home is made where there is none */
    bool guest;           /* by [anonymous]: no password is asked for */
    enum refusal refusal; /* what is known before the hash is checked; then a dummy is hashed */
    char name[NAME_ROOM];
    char subject[NAME_ROOM]; /* of the client's certificate, empty: none */
    char password[PASSWORD_ROOM];
    char hash[HASH_ROOM];
    struct jail_who who;
    struct user_policy policy;
};

#endif
