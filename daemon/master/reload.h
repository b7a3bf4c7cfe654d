/* SPDX-License-Identifier: BSD-2-Clause */
/* reload.h - a new configuration while the daemon runs. */
#ifndef MASTER_RELOAD_H
#define MASTER_RELOAD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct master;

/* NULL: no memory. */
struct reload *reload_new(void);

/* Reads the configuration again, and switches to it if it is valid. */
void reload_start(struct master *master);

/* The same for an administrator's question of this serial, which is answered at the end. */
void reload_ask(struct master *master, uint32_t serial);

/* Does one run? */
bool reload_runs(const struct master *master);

/* Begins what was asked for during an upgrade. */
void reload_after_upgrade(struct master *master);

/* Is this the process that reads it? */
bool reload_has(const struct master *master, pid_t pid);

/* Passes the configuration on: running processes get it, and the others are replaced. */
void reload_pass_on(struct master *master);

#endif
