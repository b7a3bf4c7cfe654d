/* SPDX-License-Identifier: BSD-2-Clause */
/* run.h - the master from its start to its end. */
#ifndef MASTER_RUN_H
#define MASTER_RUN_H

struct master;

/* Runs the daemon.  ready_fd: where a 0 byte goes once it serves; -1: nowhere.
 * Returns an exit code of sysexits.h. */
int master_run(struct master *master, int ready_fd);

#endif
