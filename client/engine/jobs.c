/* SPDX-License-Identifier: BSD-2-Clause */
/* jobs.c - a list of transfers. */
#include "client/engine/jobs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct job job_of(const char *remote, const char *local, bool upload)
{
    return (struct job){ .upload = upload,
                         .remote = remote,
                         .local = local,
                         .typed = SIZE_MAX,
                         .total = -1,
                         .modified = INT64_MIN };
}

static int make_room(struct jobs *jobs)
{
    const size_t room = jobs->room ? jobs->room * 2 : 64;
    if (jobs->count < jobs->room)
        return 0;
    struct job *bigger = reallocarray(jobs->job, room, sizeof *bigger);
    if (!bigger)
        return -ENOMEM;
    jobs->job = bigger;
    jobs->room = room;
    return 0;
}

int jobs_add(struct jobs *jobs, const struct job *job)
{
    jobs->bytes += sizeof *job + strlen(job->remote) + strlen(job->local) + 2;
    if (jobs->bytes > JOBS_MAX_BYTES)
        return -E2BIG;
    if (make_room(jobs) < 0)
        return -ENOMEM;
    struct job *slot = &jobs->job[jobs->count++];
    *slot = *job;
    slot->remote = strdup(job->remote);
    slot->local = strdup(job->local);
    if (job->total > 0)
        jobs->total_bytes += job->total;
    return slot->remote && slot->local ? 0 : -ENOMEM;
}

void jobs_free(struct jobs *jobs)
{
    for (size_t i = 0; i < jobs->count; i++) {
        free((char *)jobs->job[i].remote);
        free((char *)jobs->job[i].local);
    }
    free(jobs->job);
    *jobs = (struct jobs){ 0 };
}
