/* SPDX-License-Identifier: BSD-2-Clause */
/* engine_messages.c - what workers say.  A worker parses what a server sends, so nothing of it is
 * used before worker_message_check(), and texts are escaped or for the interface to escape. */
#include "client/engine/engine.h"

#include "common/text.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* A turn of the loop handles so many messages of one worker. */
enum { MESSAGES_MAX = 16 };

static void on_progress(struct engine *engine, struct engine_worker *worker)
{
    struct message_progress message;
    memcpy(&message, engine->in.data, sizeof message);
    worker->job->total = message.total;
    worker->job->done = message.done;
    struct engine_event event = event_of(worker->job, ENGINE_EVENT_PROGRESS);
    event.start = message.start;
    event.moved = message.moved;
    engine_tell(engine, &event);
}

static void on_trace(struct engine *engine, const struct engine_worker *worker)
{
    struct message_trace message;
    memcpy(&message, engine->in.data, sizeof message);
    struct engine_event event = event_of(worker->job, ENGINE_EVENT_TRACE);
    event.site = worker->site->number;
    event.slot = worker->slot;
    event.direction = (char)message.direction;
    event.text = message_text(engine->in.data, sizeof message, 0);
    engine_tell(engine, &event);
}

static void on_note(struct engine *engine, const struct engine_worker *worker)
{
    struct engine_event event = event_of(worker->job, ENGINE_EVENT_NOTE);
    event.text = message_text(engine->in.data, sizeof(struct message_head), 0);
    engine_tell(engine, &event);
}

static void on_wait(struct engine *engine, const struct engine_worker *worker)
{
    struct message_wait message;
    memcpy(&message, engine->in.data, sizeof message);
    struct engine_event event = event_of(worker->job, ENGINE_EVENT_WAIT);
    event.elapsed_ms = message.ms;
    event.text = message_text(engine->in.data, sizeof message, 0);
    event.value = message_text(engine->in.data, sizeof message, 1);
    engine_tell(engine, &event);
}

static void on_page(struct engine *engine, const struct engine_worker *worker)
{
    struct message_page message;
    memcpy(&message, engine->in.data, sizeof message);
    struct engine_event event = event_of(worker->job, ENGINE_EVENT_PAGE);
    event.page = (enum engine_page)message.kind;
    event.items = engine->in.data;
    event.items_bytes = engine->in.bytes;
    event.number = message.count;
    engine_tell(engine, &event);
}

bool engine_next_item(const struct engine_event *event, size_t *at, struct engine_item *item)
{
    return event->items && page_next(event->items, event->items_bytes, at, item);
}

static void on_reply(struct engine *engine, const struct engine_worker *worker)
{
    struct message_reply message;
    memcpy(&message, engine->in.data, sizeof message);
    struct engine_event event = event_of(worker->job, ENGINE_EVENT_REPLY);
    event.code = (int)message.code;
    event.text = message_text(engine->in.data, sizeof message, 0);
    engine_tell(engine, &event);
}

/* ---- the end of an order ---- */

/* A session that cannot be opened is none for the other transfers of the site, either. */
static void fail_others(struct engine *engine, const struct engine_site *site,
                        const struct failure *failure)
{
    for (struct engine_job *job = engine->queue.first, *next; job; job = next) {
        next = job->after;
        if (job->site == site && job->state == ENGINE_WAITING)
            job->site_failed = true;
    }
    for (struct engine_job *job = engine->queue.first; job;) {
        if (!job->site_failed) {
            job = job->after;
            continue;
        }
        job->site_failed = false;
        job_fail(engine, job, failure);
        job = engine->queue.first; /* the interface may have changed the list */
    }
}

static void end_of_order(struct engine *engine, struct engine_worker *worker,
                         const struct message_done *done, const struct failure *failure)
{
    struct engine_job *job = worker->job;
    const struct engine_site *site = worker->site;
    const bool failed = done->outcome != OUTCOME_OK;
    const bool session_failed = failed && (done->flags & DONE_NO_SESSION) &&
                                job->stop == STOP_NOT && worker->lane == LANE_TRANSFERS &&
                                done->outcome != OUTCOME_INTERRUPTED &&
                                !worker_has_fellow(engine, worker, true);
    struct engine_event event = event_of(job, ENGINE_EVENT_END);
    event.state = !failed                    ? ENGINE_SUCCEEDED
                  : job->stop == STOP_CANCEL ? ENGINE_CANCELLED
                                             : ENGINE_FAILED;
    event.start = done->start;
    event.done = done->done;
    event.moved = done->moved;
    event.elapsed_ms = done->elapsed_ms;
    event.number = done->number;
    event.features = done->features;
    event.code = done->code;
    event.skipped = done->flags & DONE_SKIPPED;
    event.doubtful = done->flags & DONE_DOUBTFUL;
    event.value = message_text(engine->in.data, sizeof *done, 1);
    event.failure = failed ? failure : NULL;
    event.no_session = session_failed;
    job_end(engine, job, &event);
    if (session_failed)
        fail_others(engine, site, failure);
}

static void on_done(struct engine *engine, struct engine_worker *worker)
{
    struct engine_job *job = worker->job;
    struct message_done done;
    struct failure failure;
    memcpy(&done, engine->in.data, sizeof done);
    failure_set(&failure, (enum outcome)done.outcome, "%s",
                message_text(engine->in.data, sizeof done, 0));
    failure.code = done.code;
    worker->phase = PHASE_IDLE;
    worker->kill_ms = 0;
    worker->opened = !(done.flags & DONE_NO_SESSION);
    worker->site->was_open = worker->site->was_open || worker->opened;
    if (done.outcome != OUTCOME_OK && (done.flags & DONE_NO_PLACE) && worker->yields &&
        job->stop == STOP_NOT) {
        worker_end(worker);
        worker->site->limit = workers_count(engine, worker->site, worker->lane);
        job->moves++;
        job_move_on(engine, job, ENGINE_WAITING, &failure);
    } else if (done.outcome != OUTCOME_OK && job->stop == STOP_PAUSE) {
        job_move_on(engine, job, ENGINE_PAUSED, NULL);
    } else {
        end_of_order(engine, worker, &done, &failure);
    }
}

/* ---- receiving ---- */

static void handle(struct engine *engine, struct engine_worker *worker, uint32_t type)
{
    switch (type) {
    case WORKER_PROGRESS:
        on_progress(engine, worker);
        break;
    case WORKER_TRACE:
        on_trace(engine, worker);
        break;
    case WORKER_NOTE:
        on_note(engine, worker);
        break;
    case WORKER_WAIT:
        on_wait(engine, worker);
        break;
    case WORKER_PAGE:
        on_page(engine, worker);
        break;
    case WORKER_REPLY:
        on_reply(engine, worker);
        break;
    case WORKER_DONE:
        on_done(engine, worker);
        break;
    default:
        question_take(engine, worker);
        break;
    }
}

static void on_end(struct engine *engine, struct engine_worker *worker)
{
    if (worker->phase == PHASE_BUSY || worker->phase == PHASE_ASKING)
        worker_lost(engine, worker, "ended unexpectedly");
    else
        worker_kill(engine, worker);
}

/* One message: false where there is none, or the worker is dead. */
static bool hear_one(struct engine *engine, struct engine_worker *worker)
{
    struct message_head head;
    ssize_t n;
    do
        n = recv(worker->fd, engine->in.data, sizeof engine->in.data, MSG_DONTWAIT | MSG_TRUNC);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EAGAIN)
        return false;
    if (n <= 0) {
        on_end(engine, worker);
        return false;
    }
    engine->in.bytes = (size_t)n;
    const char *why = worker_message_check(engine->in.data, (size_t)n, worker->phase);
    if (!why) {
        memcpy(&head, engine->in.data, sizeof head);
        why = head.serial == worker->serial ? NULL : "of another order";
    }
    if (why) {
        char text[120];
        text_format(text, sizeof text, "sent a message %s", why);
        worker_lost(engine, worker, text);
        return false;
    }
    handle(engine, worker, head.type);
    return true;
}

void worker_hear(struct engine *engine, struct engine_worker *worker)
{
    /* killed in this turn: its last words are of no use */
    for (int i = 0; i < MESSAGES_MAX && !worker->dead && hear_one(engine, worker); i++)
        ;
}
