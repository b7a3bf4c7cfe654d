/* jobs.h - many transfers: one after the other, or in parallel worker processes. */
#ifndef CLIENT_SHELL_JOBS_H
#define CLIENT_SHELL_JOBS_H

#include "client/shell/shell.h"

/* Bounds what a hostile server can list. */
enum { JOBS_MAX_BYTES = 512 * 1024 * 1024 };

struct jobs {
    struct job *job; /* their names are owned */
    size_t count, room;
    size_t bytes;        /* of memory, estimated */
    int64_t total_bytes; /* of those whose size is known */
};

/* A copy is added: OUTCOME_OK, or OUTCOME_LOCAL if out of memory. */
enum outcome jobs_add(struct shell *shell, struct jobs *jobs, const struct job *job);
void jobs_free(struct jobs *jobs);

/* Runs all jobs, also after a failed one.  The outcome is that of the first
 * failure. */
enum outcome jobs_run(struct shell *shell, const struct jobs *jobs, unsigned parallel);

/* In pool.c: as jobs_run, with workers. */
enum outcome pool_run(struct shell *shell, const struct jobs *jobs, unsigned parallel);

#endif
