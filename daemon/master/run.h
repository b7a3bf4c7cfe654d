/* SPDX-License-Identifier: BSD-2-Clause */
/* run.h - the master from its start to its end. */
#ifndef MASTER_RUN_H
#define MASTER_RUN_H

#include <stdbool.h>

struct master;

/* Runs the daemon.  ready_fd: where a 0 byte goes once it serves; -1: nowhere.
 * Returns an exit code of sysexits.h. */
int master_run(struct master *master, int ready_fd);

/* For a program that takes over (take_over.c): the parts, which are empty, its signals, its epoll
 * set.  False: no memory or descriptors. */
bool run_prepare(struct master *master);

/* Serves until it is to end.  An exit code. */
int run_serve(struct master *master);

#endif
