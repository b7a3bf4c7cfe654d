/* SPDX-License-Identifier: BSD-2-Clause */
/* engine_control.c - what an interface does to its requests: cancel, pause, move, look. */
#include "client/engine/engine.h"

static void end_later(struct engine *engine, struct engine_job *job)
{
    list_take_out(job);
    list_add(&engine->ended, job);
    engine_wake_at(engine, 0);
}

bool engine_cancel(struct engine *engine, engine_id id)
{
    struct engine_job *job = job_find(engine, id);
    if (!job || job->state == ENGINE_FAILED)
        return false;
    if (job->worker)
        worker_stop(engine, job->worker, STOP_CANCEL, CANCEL_GRACE_MS);
    else
        end_later(engine, job);
    return true;
}

bool engine_pause(struct engine *engine, engine_id id)
{
    struct engine_job *job = job_find(engine, id);
    if (!job || job->lane != LANE_TRANSFERS || job->stop != STOP_NOT)
        return false;
    if (job->state == ENGINE_RUNNING)
        worker_stop(engine, job->worker, STOP_PAUSE, PAUSE_GRACE_MS);
    else if (job->state == ENGINE_WAITING)
        job->state = ENGINE_PAUSED;
    else
        return false;
    return true;
}

bool engine_resume(struct engine *engine, engine_id id)
{
    struct engine_job *job = job_find(engine, id);
    if (!job || job->state != ENGINE_PAUSED)
        return false;
    job->state = ENGINE_WAITING;
    engine_wake_at(engine, 0);
    return true;
}

bool engine_retry(struct engine *engine, engine_id id)
{
    struct engine_job *job = job_find(engine, id);
    if (!job || job->state != ENGINE_FAILED)
        return false;
    list_take_out(job);
    list_add(&engine->queue, job);
    job->state = ENGINE_WAITING;
    job->request.resume_part = true;
    job->losses = 0;
    engine_wake_at(engine, 0);
    return true;
}

bool engine_forget(struct engine *engine, engine_id id)
{
    struct engine_job *job = job_find(engine, id);
    if (!job || job->state != ENGINE_FAILED)
        return false;
    job_free(engine, job);
    return true;
}

bool engine_move(struct engine *engine, engine_id id, engine_id before)
{
    struct engine_job *job = job_find(engine, id), *next = job_find(engine, before);
    if (!job || job->list != &engine->queue || job == next ||
        (before && (!next || next->list != &engine->queue)))
        return false;
    list_take_out(job);
    list_add_before(&engine->queue, job, next);
    return true;
}

static void stop_list(struct engine *engine, struct job_list *list, int grace_ms)
{
    for (struct engine_job *job = list->first, *next; job; job = next) {
        next = job->after;
        if (job->worker)
            worker_stop(engine, job->worker, STOP_CANCEL, grace_ms);
        else
            end_later(engine, job);
    }
}

void engine_stop(struct engine *engine, int grace_ms)
{
    stop_list(engine, &engine->calls, grace_ms);
    stop_list(engine, &engine->queue, grace_ms);
}

bool engine_next_job(const struct engine *engine, const void **cursor, struct engine_job_view *view)
{
    const struct engine_job *job = *cursor, *next = job ? job->after : engine->queue.first;
    if (!next && (!job || job->list == &engine->queue))
        next = engine->failed.first;
    if (!next)
        return false;
    *cursor = next;
    *view = (struct engine_job_view){ .id = next->id,
                                      .request = &next->request,
                                      .state = next->state,
                                      .total = next->total,
                                      .done = next->done,
                                      .failure = next->failure };
    return true;
}
