/* SPDX-License-Identifier: BSD-2-Clause */
/* renewal.h - after an upgrade: the shared processes hand over to others, which run
 * the new programs, one after the other; sessions go on. */
#ifndef MASTER_RENEWAL_H
#define MASTER_RENEWAL_H

#include <stdint.h>

struct master;

/* NULL: no memory. */
struct renewal *renewal_new(void);

/* Begins; when all are renewed, the administrator's question of this serial is answered with this
 * text (serial 0: a signal has asked). */
void renewal_begin(struct master *master, uint32_t serial, const char *text);

/* A process has finished what it was asked, or has left. */
void renewal_go_on(struct master *master);
void renewal_tick(struct master *master);

#endif
