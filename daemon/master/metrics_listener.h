/* SPDX-License-Identifier: BSD-2-Clause */
/* metrics_listener.h - the listener of `metrics`: bound by the master, served by the
 * process metrics. */
#ifndef MASTER_METRICS_LISTENER_H
#define MASTER_METRICS_LISTENER_H

#include "daemon/master/complaint.h"

struct master;

/* NULL: no memory. */
struct metrics_listener *metrics_listener_new(void);

/* Binds what config asks for, unless it is bound already.  0, or -errno after a complaint; the
 * present listener stays until the new one is taken. */
int metrics_listener_prepare(struct master *master, const struct config *config,
                             const struct complaint *to);
/* After it: closes the present listener and uses the new one, or none.  False: it stays. */
bool metrics_listener_take(struct master *master);
/* ... or instead: drops the new one. */
void metrics_listener_drop(struct master *master);

/* -1: none. */
int metrics_listener_fd(const struct master *master);
void metrics_listener_close(struct master *master);

/* An upgrade (keep.h). */
struct keeping;
struct kept_head;
void metrics_listener_keep(const struct master *master, struct keeping *keeping);
void metrics_listener_restore(struct master *master, const struct kept_head *head);

#endif
