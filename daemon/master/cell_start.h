/* SPDX-License-Identifier: BSD-2-Clause */
/* cell_start.h - how a cell comes to be: its channels, and its halves from the zygotes. */
#ifndef MASTER_CELL_START_H
#define MASTER_CELL_START_H

#include "daemon/master/zygotes.h"

/* Orders a cell: when its halves have started, it is idle.  False: it cannot be ordered, logged. */
bool cell_order(struct master *master);

/* For zygotes_new(). */
extern const struct zygote_events cell_zygote_events;

#endif
