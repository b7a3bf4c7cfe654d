/* SPDX-License-Identifier: BSD-2-Clause */
/* cell_keep.h - cells in the image of an upgrade. */
#ifndef MASTER_CELL_KEEP_H
#define MASTER_CELL_KEEP_H

#include "daemon/master/keep.h"

struct master;

/* Where no cell is starting. */
void cells_keep(const struct master *master, struct keeping *keeping);

/* After the addresses.  False: no memory, or a cell that can't be. */
bool cells_restore(struct master *master, const struct kept_head *head, struct kept_reader *reader);

#endif
