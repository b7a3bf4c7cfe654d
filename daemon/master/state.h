/* SPDX-License-Identifier: BSD-2-Clause */
/* state.h - what auth keeps across a restart, in state_directory. */
#ifndef MASTER_STATE_H
#define MASTER_STATE_H

struct master;

void state_give(struct master *master);

/* auth cannot use the file of penalties: renames it and gives another. */
void state_put_aside(struct master *master);

#endif
