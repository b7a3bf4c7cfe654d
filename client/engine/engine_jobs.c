/* SPDX-License-Identifier: BSD-2-Clause */
/* engine_jobs.c - the requests: their lists, and what becomes of one. */
#include "client/engine/engine.h"

#include "common/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- lists ---- */

void list_add_before(struct job_list *list, struct engine_job *job, struct engine_job *next)
{
    struct engine_job *last = next ? next->before : list->last;
    job->list = list;
    job->before = last;
    job->after = next;
    *(last ? &last->after : &list->first) = job;
    *(next ? &next->before : &list->last) = job;
}

void list_add(struct job_list *list, struct engine_job *job)
{
    list_add_before(list, job, NULL);
}

void list_take_out(struct engine_job *job)
{
    struct job_list *list = job->list;
    if (!list)
        return;
    *(job->before ? &job->before->after : &list->first) = job->after;
    *(job->after ? &job->after->before : &list->last) = job->before;
    job->list = NULL;
    job->before = job->after = NULL;
}

struct engine_job *job_find(const struct engine *engine, engine_id id)
{
    const struct job_list *lists[] = { &engine->calls, &engine->queue, &engine->failed };
    for (size_t i = 0; i < COUNT(lists); i++) {
        for (struct engine_job *job = lists[i]->first; job; job = job->after)
            if (job->id == id)
                return job;
    }
    return NULL;
}

/* ---- one request ---- */

void job_free(struct engine *engine, struct engine_job *job)
{
    list_take_out(job);
    engine->bytes -= job->bytes;
    free(job->failure);
    free(job->question);
    free(job->texts);
    free(job);
}

static bool needs_second(enum engine_op op)
{
    return op == ENGINE_GET || op == ENGINE_PUT || op == ENGINE_RENAME || op == ENGINE_PLAN;
}

static bool needs_path(enum engine_op op)
{
    return op != ENGINE_CONNECT && op != ENGINE_NOOP && op != ENGINE_PWD && op != ENGINE_LIST;
}

static bool is_sound(const struct engine *engine, const struct engine_request *request)
{
    const struct plan_options *plan = request->plan;
    return request->op >= ENGINE_CONNECT && request->op < ENGINE_OPS &&
           request->site < engine->site_count && (request->path || !needs_path(request->op)) &&
           (request->second || !needs_second(request->op)) &&
           (unsigned)request->exists <= ENGINE_EXISTS_ASK &&
           (request->end == 0 ||
            (request->op == ENGINE_GET && request->from >= 0 && request->from < request->end &&
             request->end <= request->total)) &&
           (!plan || (plan->includes <= PLAN_PATTERNS_MAX && plan->excludes <= PLAN_PATTERNS_MAX));
}

/* All texts of a request, as an order has them: two paths, then patterns. */
static const char *text_of(const struct engine_request *request, unsigned i)
{
    const struct plan_options *plan = request->plan;
    const char *text = i == 0 ? request->path : i == 1 ? request->second : NULL;
    if (i >= 2 && plan)
        text =
            i - 2 < plan->includes ? plan->include[i - 2] : plan->exclude[i - 2 - plan->includes];
    return text ? text : "";
}

static int take_texts(struct engine_job *job, const struct engine_request *request)
{
    const unsigned count = 2 + job->includes + job->excludes;
    size_t bytes = 0;
    unsigned measured = 0;
    do {
        const size_t n = strlen(text_of(request, measured)) + 1;
        if (n > MESSAGE_TEXT_MAX || (bytes += n) > MESSAGE_MAX - sizeof(struct message_order))
            return -E2BIG;
    } while (++measured < count);
    job->texts = malloc(bytes);
    if (!job->texts)
        return -ENOMEM;
    job->texts_bytes = bytes;
    char *at = job->texts;
    for (unsigned i = 0; i < count; i++) {
        const size_t n = strlen(text_of(request, i)) + 1;
        memcpy(at, text_of(request, i), n);
        at += n;
    }
    return 0;
}

static unsigned plan_flags(const struct plan_options *plan)
{
    return (plan->upload ? PLAN_UPLOAD : 0U) | (plan->delete_extra ? PLAN_DELETE_EXTRA : 0U) |
           (plan->only_newer ? PLAN_ONLY_NEWER : 0U) | (plan->resume ? PLAN_RESUME : 0U) |
           (plan->checksum ? PLAN_CHECKSUM : 0U) | (plan->size_only ? PLAN_SIZE_ONLY : 0U) |
           (plan->overwrite_links ? PLAN_OVERWRITE_LINKS : 0U) |
           (plan->everything ? PLAN_EVERYTHING : 0U) | (plan->untyped ? PLAN_UNTYPED : 0U);
}

static int fill(struct engine_job *job, const struct engine_request *request)
{
    job->request = *request;
    if (request->plan) {
        job->includes = request->plan->includes;
        job->excludes = request->plan->excludes;
        job->plan_flags = plan_flags(request->plan);
    }
    const int result = take_texts(job, request);
    if (result < 0)
        return result;
    job->request.path = job->texts;
    job->request.second = job->texts + strlen(job->texts) + 1;
    job->request.plan = NULL;
    job->bytes = sizeof *job + job->texts_bytes;
    job->total = request->total;
    return 0;
}

static bool is_transfer(enum engine_op op)
{
    return op == ENGINE_GET || op == ENGINE_PUT;
}

engine_id engine_submit(struct engine *engine, const struct engine_request *request)
{
    if (!is_sound(engine, request)) {
        errno = EINVAL;
        return 0;
    }
    struct engine_job *job = calloc(1, sizeof *job);
    int result = job ? fill(job, request) : -ENOMEM;
    if (result == 0 && engine->bytes + job->bytes > JOBS_MAX_BYTES)
        result = -E2BIG;
    if (result < 0) {
        free(job ? job->texts : NULL);
        free(job);
        errno = -result;
        return 0;
    }
    engine->bytes += job->bytes;
    job->id = ++engine->last_id;
    job->site = engine->sites[request->site];
    job->site->disconnects = false;
    job->lane = is_transfer(request->op) ? LANE_TRANSFERS : LANE_CALLS;
    job->state = request->held ? ENGINE_PAUSED : ENGINE_WAITING;
    list_add(job->lane == LANE_TRANSFERS ? &engine->queue : &engine->calls, job);
    engine_wake_at(engine, 0);
    return job->id;
}

struct engine_request engine_request_of(enum engine_op op, unsigned site, const char *path,
                                        const char *second)
{
    return (struct engine_request){ .op = op,
                                    .site = site,
                                    .path = path,
                                    .second = second,
                                    .number = -1,
                                    .typed = SIZE_MAX,
                                    .total = -1,
                                    .modified = INT64_MIN };
}

/* ---- what becomes of it ---- */

struct engine_event event_of(const struct engine_job *job, enum engine_event_kind kind)
{
    struct engine_event event = { .kind = kind, .total = -1, .text = "", .value = "" };
    if (!job)
        return event;
    event.id = job->id;
    event.tag = job->request.tag;
    event.op = job->request.op;
    event.site = job->site->number;
    event.state = job->state;
    event.total = job->total;
    event.done = job->done;
    event.slot = job->worker ? job->worker->slot : 0;
    return event;
}

void engine_tell(const struct engine *engine, const struct engine_event *event)
{
    if (engine->options.event)
        engine->options.event(engine->options.context, event);
}

void job_set_state(struct engine *engine, struct engine_job *job, enum engine_state state)
{
    job->state = state;
    const struct engine_event event = event_of(job, ENGINE_EVENT_STATE);
    engine_tell(engine, &event);
}

static void leave_worker(struct engine_job *job)
{
    if (job->worker)
        job->worker->job = NULL;
    job->worker = NULL;
    job->stop = STOP_NOT;
    free(job->question);
    job->question = NULL;
}

void job_move_on(struct engine *engine, struct engine_job *job, enum engine_state state,
                 const struct failure *failure)
{
    job->request.resume_part = true; /* it may have left a part */
    leave_worker(job);
    job->state = state;
    struct engine_event event = event_of(job, ENGINE_EVENT_STATE);
    event.moves_on = state == ENGINE_WAITING;
    event.failure = failure;
    engine_tell(engine, &event);
}

void job_end(struct engine *engine, struct engine_job *job, struct engine_event *event)
{
    const bool kept =
        event->state == ENGINE_FAILED && engine->options.keep_failed && job->lane == LANE_TRANSFERS;
    struct failure *copy = kept && event->failure ? malloc(sizeof *copy) : NULL;
    leave_worker(job);
    list_take_out(job);
    job->state = event->state;
    if (copy) {
        *copy = *event->failure;
        free(job->failure);
        job->failure = copy;
    }
    if (kept)
        list_add(&engine->failed, job);
    engine_tell(engine, event);
    if (!kept)
        job_free(engine, job);
}

void job_fail(struct engine *engine, struct engine_job *job, const struct failure *failure)
{
    struct engine_event event = event_of(job, ENGINE_EVENT_END);
    event.state = ENGINE_FAILED;
    event.failure = failure;
    job_end(engine, job, &event);
}

void job_end_cancelled(struct engine *engine, struct engine_job *job)
{
    struct engine_event event = event_of(job, ENGINE_EVENT_END);
    struct failure failure;
    failure_set(&failure, OUTCOME_INTERRUPTED, "interrupted");
    event.state = ENGINE_CANCELLED;
    event.failure = &failure;
    job_end(engine, job, &event);
}
