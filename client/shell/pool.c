/* SPDX-License-Identifier: BSD-2-Clause */
/* pool.c - transfers at once, by the engine's workers.  The first one takes over this process'
 * session, so that n transfers need n sessions. */
#include "client/shell/queue.h"

#include "client/shell/engine_loop.h"
#include "common/text.h"

#include <errno.h>
#include <string.h>

enum { AHEAD = 2 };

struct pool {
    struct shell *shell;
    const struct jobs *jobs;
    struct engine *engine;
    unsigned site;
    size_t next, running; /* of the jobs */
    size_t most;          /* given to the engine at once: it copies them */
    int64_t began_ms[ENGINE_SLOTS];
    struct failure first;
};

static void fail(struct pool *pool, const struct failure *failure)
{
    if (pool->first.outcome == OUTCOME_OK)
        pool->first = *failure;
    else
        report_failure(&pool->shell->report, failure);
}

static void submit_more(void *context)
{
    struct pool *pool = context;
    for (; pool->running < pool->most && pool->next < pool->jobs->count; pool->next++) {
        const struct job *job = &pool->jobs->job[pool->next];
        struct engine_request request = engine_request_of(
            job->upload ? ENGINE_PUT : ENGINE_GET, pool->site,
            job->upload ? job->local : job->remote, job->upload ? job->remote : job->local);
        struct failure failure;
        request.tag = pool->next;
        request.append = job->append;
        request.resume = job->resume;
        request.resume_part = job->resume_part;
        request.overwrite_links = job->overwrite_links;
        request.typed = job->typed;
        request.total = job->total;
        request.modified = job->modified;
        request.time_exact = job->time_exact;
        if (engine_submit(pool->engine, &request) > 0) {
            pool->running++;
            continue;
        }
        failure_set(&failure, errno == E2BIG ? OUTCOME_REFUSED : OUTCOME_LOCAL, "%s: %s",
                    job->remote, errno == E2BIG ? "name too long" : strerror(errno));
        fail(pool, &failure);
    }
}

/* ---- events ---- */

static void on_progress(struct pool *pool, const struct engine_event *event)
{
    const struct progress_state state = { .done = event->done,
                                          .total = event->total,
                                          .moved = event->moved,
                                          .began_ms = pool->began_ms[event->slot] };
    report_progress(&pool->shell->report, event->slot, pool->jobs->job[event->tag].remote, &state);
}

static void on_end(struct pool *pool, const struct engine_event *event)
{
    const struct job *job = &pool->jobs->job[event->tag];
    struct report_transfer ended = { .direction = job->upload ? "put" : "get",
                                     .remote = job->remote,
                                     .local = job->local,
                                     .start = event->start,
                                     .bytes = event->done,
                                     .moved = event->moved,
                                     .elapsed_ms = event->elapsed_ms,
                                     .failure = event->failure };
    pool->running--;
    if (event->state == ENGINE_CANCELLED)
        return;
    report_transfer(&pool->shell->report, event->slot, &ended);
    if (event->failure)
        fail(pool, event->failure);
    if (event->no_session)
        pool->next = pool->jobs->count;
}

static void on_event(void *context, const struct engine_event *event)
{
    struct pool *pool = context;
    struct report *report = &pool->shell->report;
    switch (event->kind) {
    case ENGINE_EVENT_STATE:
        if (event->state == ENGINE_RUNNING)
            pool->began_ms[event->slot] = now_ms();
        else if (event->moves_on && event->failure)
            report_note(report, "continuing with one session less: %s", event->failure->text);
        break;
    case ENGINE_EVENT_PROGRESS:
        on_progress(pool, event);
        break;
    case ENGINE_EVENT_TRACE:
        report_trace(report, event->direction, event->text);
        break;
    case ENGINE_EVENT_NOTE:
        report_note(report, "%s", event->text);
        break;
    case ENGINE_EVENT_END:
        on_end(pool, event);
        break;
    default: /* nothing is asked or listed */
        break;
    }
}

static bool begin(struct pool *pool, unsigned parallel)
{
    const struct engine_options options = { .parallel = parallel,
                                            .rate = pool->shell->settings.rate,
                                            .trace = pool->shell->settings.trace != NULL,
                                            .context = pool,
                                            .event = on_event };
    pool->engine = engine_new(&options);
    const int site = pool->engine ? engine_add_site(pool->engine, &pool->shell->session.target,
                                                    &pool->shell->settings)
                                  : -ENOMEM;
    if (site < 0)
        return false;
    pool->site = (unsigned)site;
    pool->most = (size_t)parallel * AHEAD;
    engine_lend_session(pool->engine, pool->site, &pool->shell->session);
    return true;
}

enum outcome pool_run(struct shell *shell, const struct jobs *jobs, unsigned parallel)
{
    struct pool pool = { .shell = shell, .jobs = jobs, .first = { .outcome = OUTCOME_OK } };
    bool stopped = false;
    if (begin(&pool, parallel)) {
        submit_more(&pool);
        stopped = engine_loop(shell, pool.engine, submit_more, &pool);
    } else {
        failure_set(&pool.first, OUTCOME_LOCAL, "out of memory");
    }
    engine_free(pool.engine);
    if (stopped)
        failure_set(&pool.first, OUTCOME_INTERRUPTED, "interrupted");
    /* for the next command, which reports a failure */
    else if (shell->interactive)
        (void)shell_ensure(shell);
    if (pool.first.outcome != OUTCOME_OK)
        shell->session.failure = pool.first;
    return pool.first.outcome;
}
