/* SPDX-License-Identifier: BSD-2-Clause */
/* state.h - the whole state of auth.  Each part is declared in a header of its
 * own; what a file does with the whole is declared in that file's header. */
#ifndef AUTH_STATE_H
#define AUTH_STATE_H

#include "daemon/auth/bans.h"
#include "daemon/auth/cell.h"
#include "daemon/auth/errand_table.h"
#include "daemon/auth/files.h"
#include "daemon/auth/hash.h"
#include "daemon/auth/ledger_book.h"
#include "daemon/auth/memory.h"
#include "daemon/auth/penalty.h"
#include "daemon/auth/per_user.h"
#include "daemon/auth/queue.h"
#include "daemon/auth/timers.h"
#include "daemon/auth/watch.h"
#include "daemon/roles.h"

struct auth {
    struct config *config;
    const struct role_ids *ids;
    int epoll;
    struct end master;  /* fd -1: gone */
    struct end control; /* sends an administrator's questions */
    struct hashers hashers;
    struct timers timers;
    struct queue queue;      /* for the hashers */
    struct queue outside;    /* for those whom the user file does not have */
    int64_t slowest_hash_ms; /* of late, over all kinds of hashes, and other sources */
    struct penalties *penalties;
    struct bans bans;
    struct memory memory; /* keeps penalties and bans across restarts */
    struct per_user per_user;
    struct per_user per_group;
    struct files files;
    struct errands errands;
    struct cell_table cells;
    struct ledger_book ledgers;
    struct cell *waiting; /* for a quota's answer, in order */
    size_t orphans;
    bool finishing; /* a successor is about to come: no log-in begins */
    bool finished;  /* the master knows that none is under way */
};

#endif
