/* SPDX-License-Identifier: BSD-2-Clause */
/* shared_state.h - what the master knows of each shared process: for shared.c,
 * shared_send.c and scribe_ends.c. */
#ifndef MASTER_SHARED_STATE_H
#define MASTER_SHARED_STATE_H

#include "daemon/master/child.h"
#include "daemon/master/shared.h"
#include "daemon/roles.h"

struct shared {
    struct child child;
    struct watch incoming; /* its channel is readable */
    enum shared_role role;
    int channel;   /* -1: none */
    int next;      /* its successor reads here what it hands over; -1: none */
    bool finished; /* it has said TM_FINISHED */
    int64_t started_ms;
    int64_t restart_at_ms; /* 0: it runs */
    uint32_t quick_deaths;
    bool retired;      /* it was ended, as the configuration does not ask for it any more */
    int wait_status;   /* of the one before */
    bool end_unlogged; /* its end is still to be logged */
    int refused_call;  /* by the filter of the one before; -1: unknown */
};

struct shared_processes {
    struct shared each[SHARED_ROLES];
    struct shared leaving[SHARED_ROLES]; /* those that hand over to their successors (renewal.c) */
    const struct shared_events *events;
    int own_scribe_end; /* the master's own channel to the scribe; -1: none */
};

/* All of them in the order of their start: who logs needs the scribe. */
extern const enum shared_role shared_order[SHARED_ROLES];

/* The role that its program takes first, and its name. */
enum role shared_first_role(enum shared_role role);
const char *shared_name(enum shared_role role);

#endif
