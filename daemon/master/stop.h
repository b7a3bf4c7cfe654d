/* SPDX-License-Identifier: BSD-2-Clause */
/* stop.h - how the daemon ends. */
#ifndef MASTER_STOP_H
#define MASTER_STOP_H

#include "daemon/master/master.h"

/* No new clients; running sessions get an end. */
void stop_begin(struct master *master, enum stopping how);

/* No new clients; running sessions stay as long as they like. */
void stop_drain(struct master *master);

void stop_tick(struct master *master, int64_t now);

/* Has the last session ended? */
bool stop_is_complete(const struct master *master);

#endif
