/* SPDX-License-Identifier: BSD-2-Clause */
/* queue.c - runs lists of transfers. */
#include "client/shell/queue.h"

#include "client/engine/jobs.h"
#include "client/engine/remote.h"
#include "common/text.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

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

enum outcome queue_collect(struct shell *shell, const struct job *job)
{
    char remote[TARGET_PATH_SIZE], local[PATH_MAX], here[PATH_MAX] = "";
    struct job whole = *job;
    if (strcmp(job->local, "-") == 0)
        return shell_fail(shell, OUTCOME_USAGE, "standard input and output cannot be queued");
    if (job->local[0] != '/' && (!getcwd(here, sizeof here - 1) || here[0] != '/'))
        return shell_fail(shell, OUTCOME_LOCAL, "the local directory has no name");
    if (here[0] && strcmp(here, "/") != 0)
        memcpy(here + strlen(here), "/", 2);
    if (!remote_join(shell->session.cwd, job->remote, remote, sizeof remote) ||
        !text_format(local, sizeof local, "%s%s", here, job->local))
        return shell_fail(shell, OUTCOME_REFUSED, "%s: path too long", job->remote);
    /* the directory was typed, too */
    if (job->typed < SIZE_MAX - sizeof here)
        whole.typed += strlen(here);
    whole.remote = remote;
    whole.local = local;
    return queue_add(shell, shell->queueing, &whole);
}

static enum outcome collect_all(struct shell *shell, const struct jobs *jobs)
{
    enum outcome outcome = OUTCOME_OK;
    for (size_t i = 0; outcome == OUTCOME_OK && i < jobs->count; i++)
        outcome = queue_collect(shell, &jobs->job[i]);
    return outcome;
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
    if (shell->queueing)
        return collect_all(shell, jobs);
    if (parallel > jobs->count)
        parallel = (unsigned)jobs->count;
    report_begin(&shell->report, (unsigned)jobs->count, jobs->total_bytes);
    outcome = parallel > 1 ? pool_run(shell, jobs, parallel) : run_in_turn(shell, jobs);
    report_end(&shell->report);
    return outcome;
}
