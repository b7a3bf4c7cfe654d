/* SPDX-License-Identifier: BSD-2-Clause */
/* trace.h - sessions whose protocol lines are logged for a time (wardctl trace). */
#ifndef MASTER_TRACE_H
#define MASTER_TRACE_H

#include "daemon/master/keep.h"
#include "daemon/protocol/control.h"
#include "daemon/protocol/to_net.h"

#include <stdbool.h>
#include <stdint.h>

struct master;
struct cell;

enum { TRACES_MAX = 8 };

/* The places for traces.  NULL: no memory. */
struct traces;
struct traces *traces_new(void);

/* Is the cell one that the administrator names by .by, .number, .name, .address? */
bool trace_is_named(const struct cell *cell, const struct control_ask *ask);

/* Traces running sessions, and those that begin within .seconds; 0: ends the trace.  *sessions: running ones.
 * False: there are TRACES_MAX traces already. */
bool trace_add(struct master *master, const struct control_ask *ask, uint64_t *sessions);

/* How long a client is traced that has just come; 0: it is not. */
uint32_t trace_seconds(const struct master *master, const struct to_net_client *client);

/* The cell has a user now: its NET learns whether it is traced. */
void trace_begin(const struct master *master, const struct cell *cell);

/* For an upgrade: into the image, and out of it. */
void traces_keep(const struct master *master, struct kept_head *head);
void traces_restore(struct master *master, const struct kept_head *head);

#endif
