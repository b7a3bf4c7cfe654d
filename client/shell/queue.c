/* SPDX-License-Identifier: BSD-2-Clause */
/* queue.c - runs lists of transfers. */
#include "client/shell/queue.h"

#include "client/engine/jobs.h"

#include <errno.h>

enum outcome queue_add(struct shell *shell, struct jobs *jobs, const struct job *job)
{
    switch (jobs_add(jobs, job)) {
    case 0:
        return OUTCOME_OK;
    case -E2BIG:
        return shell_fail(shell, OUTCOME_LOCAL, "too many files");
    default:
        return shell_fail(shell, OUTCOME_LOCAL, "out of memory");
    }
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

enum outcome queue_run(struct shell *shell, const struct jobs *jobs, unsigned parallel)
{
    enum outcome outcome;
    if (parallel > jobs->count)
        parallel = (unsigned)jobs->count;
    report_begin(&shell->report, (unsigned)jobs->count, jobs->total_bytes);
    outcome = parallel > 1 ? pool_run(shell, jobs, parallel) : run_in_turn(shell, jobs);
    report_end(&shell->report);
    return outcome;
}
