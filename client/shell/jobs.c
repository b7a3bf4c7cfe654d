/* jobs.c - a list of transfers. */
#include "client/shell/jobs.h"

#include "common/text.h"

#include <stdlib.h>
#include <string.h>

enum outcome jobs_add(struct shell *shell, struct jobs *jobs, const struct job *job)
{
    struct job *slot;
    jobs->bytes += sizeof *slot + strlen(job->remote) + strlen(job->local) + 2;
    if (jobs->bytes > JOBS_MAX_BYTES)
        return shell_fail(shell, OUTCOME_LOCAL, "too many files");
    if (jobs->count == jobs->room) {
        const size_t room = jobs->room ? jobs->room * 2 : 64;
        struct job *bigger = reallocarray(jobs->job, room, sizeof *bigger);
        if (!bigger)
            return shell_fail(shell, OUTCOME_LOCAL, "out of memory");
        jobs->job = bigger;
        jobs->room = room;
    }
    slot = &jobs->job[jobs->count];
    *slot = *job;
    slot->remote = strdup(job->remote);
    slot->local = strdup(job->local);
    jobs->count++;
    if (job->total > 0)
        jobs->total_bytes += job->total;
    if (!slot->remote || !slot->local)
        return shell_fail(shell, OUTCOME_LOCAL, "out of memory");
    return OUTCOME_OK;
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

static enum outcome run_in_turn(struct shell *shell, const struct jobs *jobs)
{
    struct failure first = { .outcome = OUTCOME_OK };
    for (size_t i = 0; i < jobs->count; i++) {
        const enum outcome outcome = shell_transfer(shell, &jobs->job[i]);
        if (outcome == OUTCOME_OK)
            continue;
        if (first.outcome == OUTCOME_OK)
            first = shell->session.failure;
        else if (outcome != OUTCOME_INTERRUPTED)
            report_failure(&shell->report, &shell->session.failure);
        if (outcome == OUTCOME_INTERRUPTED || !shell->session.open)
            break;
    }
    if (first.outcome != OUTCOME_OK)
        shell->session.failure = first;
    return first.outcome;
}

enum outcome jobs_run(struct shell *shell, const struct jobs *jobs, unsigned parallel)
{
    enum outcome outcome;
    if (parallel > jobs->count)
        parallel = (unsigned)jobs->count;
    report_begin(&shell->report, (unsigned)jobs->count, jobs->total_bytes);
    outcome = parallel > 1 ? pool_run(shell, jobs, parallel) : run_in_turn(shell, jobs);
    report_end(&shell->report);
    return outcome;
}
