/* SPDX-License-Identifier: BSD-2-Clause */
/* upgrade.h - the installed program takes the place of the running one: first a
 * rehearsal in a child, then an execve in the master (take_over.c). */
#ifndef MASTER_UPGRADE_H
#define MASTER_UPGRADE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct master;

/* NULL: no memory. */
struct upgrade *upgrade_new(void);

/* Begins one, for an administrator's question of this serial, which is answered at the end; 0: a
 * signal asks. */
void upgrade_ask(struct master *master, uint32_t serial);

/* Is one under way, the renewal after it included? */
bool upgrade_runs(const struct master *master);

/* Is this the process that rehearses? */
bool upgrade_has(const struct master *master, pid_t pid);

/* After each turn of the loop: executes the new program, if nothing is in its way.  Returns if
 * it can't. */
void upgrade_turn(struct master *master);
void upgrade_tick(struct master *master, int64_t now);

/* The daemon ends: so does a rehearsal. */
void upgrade_stop(struct master *master);

/* Nothing has changed, for this reason: to the log, and to the administrator who asks. */
void upgrade_refuse(struct master *master, uint32_t serial, const char *why);

/* Environment of the new program: the descriptor of the image ... */
extern const char upgrade_image_variable[];
/* ... and, where the other one could not take over and gives the process back, why. */
extern const char upgrade_failed_variable[];

#endif
