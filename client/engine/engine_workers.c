/* SPDX-License-Identifier: BSD-2-Clause */
/* engine_workers.c - the engine's side of its workers: starts them, gives them orders, ends them. */
#include "client/engine/engine.h"

#include "client/engine/process.h"
#include "common/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REAP_AGAIN_MS = 10 };

static bool is_live(const struct engine_worker *worker)
{
    return worker->pid > 0 && !worker->dead && worker->phase != PHASE_ENDING;
}

/* ---- orders ---- */

static uint32_t order_flags(const struct engine *engine, const struct engine_worker *worker)
{
    const struct engine_request *request = &worker->job->request;
    return (worker->yields ? ORDER_YIELDS : 0U) |
           (worker_has_fellow(engine, worker, false) ? ORDER_HAS_FELLOW : 0U) |
           (request->resume ? ORDER_RESUME : 0U) |
           (request->resume_part && !request->append ? ORDER_RESUME_PART : 0U) |
           (request->append ? ORDER_APPEND : 0U) |
           (request->overwrite_links ? ORDER_OVERWRITE_LINKS : 0U) |
           (request->time_exact ? ORDER_TIME_EXACT : 0U) |
           (engine->options.trace ? ORDER_TRACES : 0U) |
           (engine->options.asks_password ? ORDER_ASKS_PASSWORD : 0U);
}

static void write_order(struct engine *engine, const struct engine_worker *worker)
{
    const struct engine_job *job = worker->job;
    const struct engine_request *request = &job->request;
    const struct message_order order = {
        .head = { .type = ENGINE_ORDER,
                  .serial = worker->serial,
                  .texts = 2 + job->includes + job->excludes },
        .op = request->op,
        .flags = order_flags(engine, worker),
        .exists = request->exists,
        .plan = job->plan_flags,
        .includes = job->includes,
        .typed = request->typed < MESSAGE_TEXT_MAX ? (int64_t)request->typed : -1,
        .total = request->total < -1 ? -1 : request->total,
        .modified = request->modified,
        .number = request->number,
        .from = request->from,
        .end = request->end,
    };
    message_begin(&engine->out, &order, sizeof order);
    memcpy(engine->out.data + engine->out.bytes, job->texts, job->texts_bytes);
    engine->out.bytes += job->texts_bytes;
}

bool worker_has_fellow(const struct engine *engine, const struct engine_worker *worker, bool opened)
{
    for (unsigned i = 0; i < ENGINE_SLOTS; i++) {
        const struct engine_worker *other = &engine->workers[i];
        if (other != worker && is_live(other) && other->site == worker->site &&
            other->lane == worker->lane && (other->opened || (other->job && !opened)))
            return true;
    }
    return false;
}

static bool send_out(struct engine *engine, const struct engine_worker *worker)
{
    const ssize_t n =
        send(worker->fd, engine->out.data, engine->out.bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
    return n == (ssize_t)engine->out.bytes;
}

static void give(struct engine *engine, struct engine_worker *worker, struct engine_job *job)
{
    worker->job = job;
    worker->serial++;
    worker->yields = worker->lane == LANE_TRANSFERS && engine->options.parallel > 1 &&
                     (job->moves == 0 || worker_has_fellow(engine, worker, false));
    worker->phase = PHASE_BUSY;
    job->worker = worker;
    write_order(engine, worker);
    if (send_out(engine, worker))
        job_set_state(engine, job, ENGINE_RUNNING);
    else
        worker_lost(engine, worker, "took no order");
}

/* ---- start and end ---- */

static struct engine_worker *free_slot(struct engine *engine)
{
    for (unsigned i = 0; i < ENGINE_SLOTS; i++)
        if (engine->workers[i].pid == 0)
            return &engine->workers[i];
    return NULL;
}

static bool watch_channel(const struct engine *engine, struct engine_worker *worker)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = worker };
    return epoll_ctl(engine->poll_fd, EPOLL_CTL_ADD, worker->fd, &event) == 0;
}

static struct engine_worker *start(struct engine *engine, struct engine_site *site, enum lane lane)
{
    struct engine_worker *worker = free_slot(engine);
    struct session *lent = lane == LANE_TRANSFERS ? site->lent : NULL;
    struct worker_start with = { .settings = &site->settings,
                                 .target = &site->target,
                                 .directory = lane == LANE_TRANSFERS ? site->directory : "",
                                 .inherited = lent,
                                 .was_open = site->was_open,
                                 .shared = engine->shared };
    const struct process_body body = { .run = worker_run,
                                       .context = &with,
                                       .keep = lent ? lent->control.fd : -1 };
    int fd;
    const pid_t pid = worker ? process_start(&body, &fd) : -EAGAIN;
    if (pid < 0)
        return NULL;
    *worker = (struct engine_worker){ .pid = pid,
                                      .fd = fd,
                                      .slot = worker->slot,
                                      .site = site,
                                      .lane = lane,
                                      .phase = PHASE_IDLE,
                                      .opened = lent };
    if (!watch_channel(engine, worker)) {
        worker_kill(engine, worker);
        return NULL;
    }
    if (lent) {
        /* the worker's now: closed here without a QUIT */
        link_close(&lent->control);
        session_close(lent, false);
        site->lent = NULL;
    }
    return worker;
}

void worker_end(struct engine_worker *worker)
{
    worker->phase = PHASE_ENDING;
    worker->kill_ms = now_ms() + QUIT_GRACE_MS;
    (void)shutdown(worker->fd, SHUT_WR);
}

void worker_kill(struct engine *engine, struct engine_worker *worker)
{
    process_kill(worker->pid);
    (void)epoll_ctl(engine->poll_fd, EPOLL_CTL_DEL, worker->fd, NULL);
    worker->dead = true;
    worker->kill_ms = 0;
    engine_wake_at(engine, now_ms() + REAP_AGAIN_MS);
}

void worker_stop(struct engine *engine, struct engine_worker *worker, enum stop stop, int grace_ms)
{
    const struct message_head message = { .type = ENGINE_STOP, .serial = worker->serial };
    const int64_t at = now_ms() + grace_ms;
    worker->job->stop = stop;
    if (worker->phase == PHASE_ASKING)
        worker->phase = PHASE_BUSY;
    free(worker->job->question);
    worker->job->question = NULL;
    if (worker->kill_ms == 0)
        message_begin(&engine->out, &message, sizeof message);
    if (worker->kill_ms == 0 && !send_out(engine, worker))
        worker->kill_ms = 1;
    if (worker->kill_ms == 0 || at < worker->kill_ms)
        worker->kill_ms = at;
    engine_wake_at(engine, worker->kill_ms);
}

void worker_reply(struct engine *engine, struct engine_worker *worker, unsigned choice,
                  const char *text)
{
    const struct message_answer answer = {
        .head = { .type = ENGINE_ANSWER, .serial = worker->serial }, .choice = choice
    };
    message_begin(&engine->out, &answer, sizeof answer);
    if (!message_add(&engine->out, text))
        (void)message_add(&engine->out, "");
    worker->phase = PHASE_BUSY;
    worker->broken = !send_out(engine, worker);
    engine_wake_at(engine, 0);
    wipe(&engine->out, sizeof(struct message_answer) + MESSAGE_TEXT_MAX);
}

/* A job whose worker died is done by another one, once. */
void worker_lost(struct engine *engine, struct engine_worker *worker, const char *why)
{
    struct engine_job *job = worker->job;
    struct failure failure;
    worker_kill(engine, worker);
    if (!job)
        return;
    failure_set(&failure, OUTCOME_PROTOCOL, "%s: the worker process %s",
                job->request.path[0] ? job->request.path : job->site->target.host, why);
    if (job->stop == STOP_CANCEL)
        job_end_cancelled(engine, job);
    else if (job->stop == STOP_PAUSE)
        job_move_on(engine, job, ENGINE_PAUSED, NULL);
    else if (job->losses++ == 0)
        job_move_on(engine, job, ENGINE_WAITING, &failure);
    else
        job_fail(engine, job, &failure);
}

/* ---- watch ---- */

static void end_of_time(struct engine *engine, struct engine_worker *worker)
{
    struct engine_job *job = worker->job;
    worker_kill(engine, worker);
    if (!job)
        return;
    if (job->stop == STOP_PAUSE)
        job_move_on(engine, job, ENGINE_PAUSED, NULL);
    else
        job_end_cancelled(engine, job);
}

/* Frees the slot. */
static bool reap(struct engine_worker *worker)
{
    if (!process_reap(worker->pid, false))
        return false;
    close(worker->fd);
    *worker = (struct engine_worker){ .fd = -1, .slot = worker->slot };
    return true;
}

int64_t workers_watch(struct engine *engine)
{
    const int64_t now = now_ms();
    int64_t next = 0;
    for (unsigned i = 0; i < ENGINE_SLOTS; i++) {
        struct engine_worker *worker = &engine->workers[i];
        int64_t at = worker->kill_ms;
        if (worker->pid <= 0)
            continue;
        if (worker->broken && !worker->dead)
            worker_lost(engine, worker, "takes no messages");
        if (!worker->dead && at > 0 && at <= now)
            end_of_time(engine, worker);
        if (worker->dead)
            at = reap(worker) ? 0 : now + REAP_AGAIN_MS;
        if (at > 0 && (next == 0 || at < next))
            next = at;
    }
    return next;
}

/* ---- who does what ---- */

static struct engine_worker *idle_worker(struct engine *engine, const struct engine_job *job)
{
    for (unsigned i = 0; i < ENGINE_SLOTS; i++) {
        struct engine_worker *worker = &engine->workers[i];
        if (is_live(worker) && worker->phase == PHASE_IDLE && worker->site == job->site &&
            worker->lane == job->lane)
            return worker;
    }
    return NULL;
}

unsigned workers_count(const struct engine *engine, const struct engine_site *site, enum lane lane)
{
    unsigned count = 0;
    for (unsigned i = 0; i < ENGINE_SLOTS; i++) {
        const struct engine_worker *worker = &engine->workers[i];
        count += is_live(worker) && worker->lane == lane && (!site || worker->site == site);
    }
    return count;
}

/* Ends an idle session of another site, to make room; false: all are busy. */
static bool make_room(struct engine *engine)
{
    for (unsigned i = 0; i < ENGINE_SLOTS; i++) {
        struct engine_worker *worker = &engine->workers[i];
        if (is_live(worker) && worker->lane == LANE_TRANSFERS && worker->phase == PHASE_IDLE) {
            worker_end(worker);
            return true;
        }
    }
    return false;
}

static bool may_start(struct engine *engine, const struct engine_job *job)
{
    struct engine_site *site = job->site;
    const unsigned live = workers_count(engine, site, job->lane);
    if (job->lane == LANE_CALLS)
        return live == 0;
    if (live == 0)
        site->limit = 0;
    if (site->limit > 0 && live >= site->limit)
        return false;
    return workers_count(engine, NULL, LANE_TRANSFERS) < engine->options.parallel ||
           make_room(engine);
}

/* Gives one waiting request of the list to a worker; false: none can be given. */
static bool give_next(struct engine *engine, const struct job_list *list)
{
    for (struct engine_job *job = list->first; job; job = job->after) {
        if (job->state != ENGINE_WAITING)
            continue;
        struct engine_worker *worker = idle_worker(engine, job);
        if (!worker && may_start(engine, job)) {
            worker = start(engine, job->site, job->lane);
            if (!worker && workers_count(engine, NULL, job->lane) == 0) {
                struct failure failure;
                failure_set(&failure, OUTCOME_LOCAL, "cannot start a process");
                job_fail(engine, job, &failure);
                return true;
            }
        }
        if (worker) {
            give(engine, worker, job);
            return true;
        }
    }
    return false;
}

/* Without a request, a session ends, unless it is kept. */
static void end_idle(struct engine *engine)
{
    for (unsigned i = 0; i < ENGINE_SLOTS; i++) {
        struct engine_worker *worker = &engine->workers[i];
        if (!is_live(worker) || worker->phase != PHASE_IDLE)
            continue;
        if (worker->site->disconnects ||
            (worker->lane == LANE_TRANSFERS && !engine->options.keep_sessions) ||
            (worker->lane == LANE_TRANSFERS &&
             workers_count(engine, NULL, LANE_TRANSFERS) > engine->options.parallel))
            worker_end(worker);
    }
}

static void count_sharers(struct engine *engine)
{
    unsigned sharers = 0;
    for (unsigned i = 0; i < ENGINE_SLOTS; i++)
        sharers += engine->workers[i].job && engine->workers[i].lane == LANE_TRANSFERS;
    atomic_store(&engine->shared->sharers, sharers);
}

void workers_pump(struct engine *engine)
{
    while (give_next(engine, &engine->calls))
        ;
    while (give_next(engine, &engine->queue))
        ;
    end_idle(engine);
    count_sharers(engine);
}
