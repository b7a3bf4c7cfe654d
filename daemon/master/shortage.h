/* SPDX-License-Identifier: BSD-2-Clause */
/* shortage.h - descriptors, memory or processes have run out. */
#ifndef MASTER_SHORTAGE_H
#define MASTER_SHORTAGE_H

#include <stdint.h>

struct master;

/* Logs what failed and why, once for each shortage. */
void shortage_met(struct master *master, const char *what, int error);

/* Logs the end of a shortage. */
void shortage_tick(struct master *master, int64_t now);

#endif
