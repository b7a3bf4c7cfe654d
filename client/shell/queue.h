/* SPDX-License-Identifier: BSD-2-Clause */
/* queue.h - many transfers: one after the other, or in parallel worker processes. */
#ifndef CLIENT_SHELL_QUEUE_H
#define CLIENT_SHELL_QUEUE_H

#include "client/shell/shell.h"

/* jobs_add, with its failure reported. */
enum outcome queue_add(struct shell *shell, struct jobs *jobs, const struct job *job);

/* Runs all jobs, also after a failed one.  The outcome is that of the first failure. */
enum outcome queue_run(struct shell *shell, const struct jobs *jobs, unsigned parallel);

/* Adds a transfer to shell->queueing, with whole paths. */
enum outcome queue_collect(struct shell *shell, const struct job *job);

/* In pool.c: the same, with workers. */
enum outcome pool_run(struct shell *shell, const struct jobs *jobs, unsigned parallel);

#endif
