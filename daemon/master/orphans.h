/* SPDX-License-Identifier: BSD-2-Clause */
/* orphans.h - children of the master that no part of it knows: those whose zygote ended before it
 * reported them, and those that the master was started with or, as process 1, has inherited. */
#ifndef MASTER_ORPHANS_H
#define MASTER_ORPHANS_H

struct master;

/* Reaps those that have ended; never waits. */
void orphans_tick(const struct master *master);

#endif
