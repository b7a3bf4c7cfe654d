/* SPDX-License-Identifier: BSD-2-Clause */
/* worker_plan.c - finds out in a worker what a mirror would do, and tells it in pages. */
#include "client/engine/worker.h"

#include "client/engine/remote.h"

#include <string.h>
#include <sys/stat.h>

static void take_plan_options(const struct worker *worker, struct plan_options *options)
{
    const struct message_order *order = &worker->order;
    const unsigned patterns = order->head.texts - 2;
    *options = (struct plan_options){ .upload = order->plan & PLAN_UPLOAD,
                                      .delete_extra = order->plan & PLAN_DELETE_EXTRA,
                                      .only_newer = order->plan & PLAN_ONLY_NEWER,
                                      .resume = order->plan & PLAN_RESUME,
                                      .checksum = order->plan & PLAN_CHECKSUM,
                                      .size_only = order->plan & PLAN_SIZE_ONLY,
                                      .overwrite_links = order->plan & PLAN_OVERWRITE_LINKS,
                                      .everything = order->plan & PLAN_EVERYTHING,
                                      .untyped = order->plan & PLAN_UNTYPED,
                                      .includes = order->includes,
                                      .excludes = patterns - order->includes };
    for (unsigned i = 0; i < options->includes; i++)
        options->include[i] = worker_text(worker, 2 + i);
    for (unsigned i = 0; i < options->excludes; i++)
        options->exclude[i] = worker_text(worker, 2 + options->includes + i);
}

static enum outcome target_exists(struct worker *worker, bool upload, bool *exists)
{
    struct session *session = worker->session;
    struct stat status;
    const char *path = worker_text(worker, 1);
    if (!upload) {
        *exists = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
        return OUTCOME_OK;
    }
    const enum outcome outcome = session_command(session, "CWD %s", path);
    *exists = outcome == OUTCOME_OK && session->reply.code / 100 == 2;
    return *exists ? remote_go_back(session) : outcome;
}

static void send_copies(struct worker *worker, const struct plan *plan)
{
    worker_page_begin(worker, ENGINE_PAGE_COPY);
    for (size_t i = 0; i < plan->jobs.count && !worker->lost; i++) {
        const struct job *job = &plan->jobs.job[i];
        const struct engine_item item = {
            .entry = { .name = job->upload ? job->local : job->remote,
                       .name_bytes = strlen(job->upload ? job->local : job->remote),
                       .type = ENTRY_FILE,
                       .size = job->total,
                       .modified = job->modified,
                       .time_exact = job->time_exact,
                       .mode = -1 },
            .other = job->upload ? job->remote : job->local,
            .typed = job->typed,
            .resume = job->resume,
            .overwrite_links = job->overwrite_links,
        };
        worker_page_add(worker, ENGINE_PAGE_COPY, &item);
    }
    worker_page_end(worker);
}

/* A part that could not be planned does not keep the rest from being reported. */
static enum outcome tell_plan(struct worker *worker, const struct plan *plan)
{
    worker_send_listing(worker, &plan->directories, ENGINE_PAGE_MAKE);
    send_copies(worker, plan);
    worker_send_listing(worker, &plan->deletions, ENGINE_PAGE_DELETE);
    worker->result.number = (int64_t)plan->targets;
    if (plan->first.outcome == OUTCOME_OK)
        return OUTCOME_OK;
    worker->result.flags |= DONE_DOUBTFUL;
    worker->session->failure = plan->first;
    return plan->first.outcome;
}

enum outcome worker_plan(struct worker *worker)
{
    bool exists = false;
    struct plan plan = { .session = worker->session,
                         .note = worker->steady.note,
                         .context = worker };
    take_plan_options(worker, &plan.options);
    enum outcome outcome = target_exists(worker, plan.options.upload, &exists);
    if (outcome == OUTCOME_OK)
        outcome = plan_make(&plan, worker_text(worker, 0), worker_text(worker, 1), exists);
    if (outcome == OUTCOME_OK)
        outcome = tell_plan(worker, &plan);
    plan_free(&plan);
    return outcome;
}
