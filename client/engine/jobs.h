/* SPDX-License-Identifier: BSD-2-Clause */
/* jobs.h - a list of transfers to run. */
#ifndef CLIENT_ENGINE_JOBS_H
#define CLIENT_ENGINE_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bounds what a hostile server can list. */
enum { JOBS_MAX_BYTES = 512 * 1024 * 1024 };

struct job {
    bool upload, append;
    /* the user asked for it: a download may continue the target itself */
    bool resume;
    bool resume_part;           /* an attempt before may have left a partial file */
    bool overwrite_links;       /* replace a symbolic link by the file */
    bool time_exact;            /* modified is to the second; else it is asked for */
    const char *remote, *local; /* local "-": standard input or output */
    size_t typed;               /* bytes of local that the user typed, see local.h */
    int64_t total, modified;    /* -1, INT64_MIN: unknown */
};

/* All of local typed, nothing known. */
struct job job_of(const char *remote, const char *local, bool upload);

struct jobs {
    struct job *job; /* their names are owned */
    size_t count, room;
    size_t bytes;        /* of memory, estimated */
    int64_t total_bytes; /* of those whose size is known */
};

/* Adds a copy: 0, -ENOMEM, or -E2BIG. */
int jobs_add(struct jobs *jobs, const struct job *job);
void jobs_free(struct jobs *jobs);

/* Is there a download to this local name already? */
bool jobs_has_local(const struct jobs *jobs, const char *local);

#endif
