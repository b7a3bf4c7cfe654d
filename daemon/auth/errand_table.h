/* SPDX-License-Identifier: BSD-2-Clause */
/* errand_table.h - the processes that auth has asked for (errand.h). */
#ifndef AUTH_ERRAND_TABLE_H
#define AUTH_ERRAND_TABLE_H

#include "daemon/auth/watch.h"
#include "daemon/protocol/errand.h"

#include <stdint.h>

enum errand_state { ERRAND_FREE, ERRAND_ASKED, ERRAND_RUNS };

struct errand {
    enum errand_state state;
    enum errand_kind kind;
    uint32_t number; /* the serial of the question to the master */
    struct end end;
    uint64_t cell;           /* whose log-in it is about */
    struct attempt *attempt; /* checker: which log-in; NULL: the answer is not needed */
    union {
        struct errand_home home;
        struct errand_rehash rehash;
        struct errand_who who;
    } ask;
    unsigned file; /* rehash: which user file */
};

struct errands {
    struct errand each[ERRANDS_MAX];
    uint32_t asked;        /* so far */
    int64_t not_before_ms; /* no rehash, as one has failed */
};

#endif
