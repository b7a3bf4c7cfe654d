/* SPDX-License-Identifier: BSD-2-Clause */
/* orphans.h - children of the master whose zygote ended before it reported them. */
#ifndef MASTER_ORPHANS_H
#define MASTER_ORPHANS_H

#include <stdint.h>

struct master;

void orphans_tick(struct master *master, int64_t now);

#endif
