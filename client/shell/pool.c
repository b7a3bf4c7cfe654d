/* SPDX-License-Identifier: BSD-2-Clause */
/* pool.c - transfers in worker processes.  Each worker has its own session and one channel to this
 * process: jobs go out, events come back.  A worker holds one job at a time, so that its loss costs
 * one job.  The first worker takes over this process' session, so that n transfers need n
 * sessions. */
#include "client/shell/queue.h"

#include "client/shell/interrupt.h"
#include "common/text.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORKERS_MAX = 64, SEND_EVERY_MS = 100 };

struct order {
    struct job job; /* its names are the arrays */
    char remote[TARGET_PATH_SIZE], local[TARGET_PATH_SIZE];
};

struct event {
    enum { EVENT_READY, EVENT_NO_PLACE, EVENT_PROGRESS, EVENT_DONE } kind;
    int64_t total, start, done, moved, elapsed_ms;
    struct failure failure;
};

struct worker {
    pid_t pid;
    int fd;     /* -1: gone */
    bool ready; /* it has logged in */
    size_t job; /* what it works on; SIZE_MAX: nothing */
    int64_t began_ms;
};

struct pool {
    struct shell *shell;
    const struct jobs *jobs;
    size_t next;   /* the next job to hand out */
    size_t *again; /* jobs returned by workers that ended */
    size_t again_n;
    struct worker workers[WORKERS_MAX];
    unsigned count;
    _Atomic unsigned *sharers; /* workers with a job, shared with them: they share the rate */
    struct failure first;      /* failure */
};

/* -------- in the worker -------- */

struct reporter {
    int fd;
    int64_t sent_ms;
};

static void send_event(int fd, const struct event *event)
{
    /* the parent is gone */
    if (send(fd, event, sizeof *event, MSG_NOSIGNAL) != (ssize_t)sizeof *event)
        _exit(1);
}

static void worker_progress(void *context, const struct transfer *transfer)
{
    struct reporter *reporter = context;
    struct event event = { .kind = EVENT_PROGRESS,
                           .total = transfer->total,
                           .done = transfer->done,
                           .moved = transfer->moved };
    const int64_t now = now_ms();
    if (now - reporter->sent_ms < SEND_EVERY_MS)
        return;
    reporter->sent_ms = now;
    send_event(reporter->fd, &event);
}

static enum outcome worker_transfer(struct shell *shell, struct reporter *reporter,
                                    const struct job *job)
{
    struct transfer transfer;
    const int64_t began = now_ms();
    transfer_init(&transfer, job);
    transfer.progress = worker_progress;
    transfer.context = reporter;
    const enum outcome outcome = steady_transfer(&shell->steady, job, &transfer, -1);
    struct event event = { .kind = EVENT_DONE,
                           .start = transfer.start,
                           .done = transfer.done,
                           .moved = transfer.moved,
                           .elapsed_ms = now_ms() - began };
    if (outcome != OUTCOME_OK)
        event.failure = shell->session.failure;
    if (event.failure.code == 421)
        event.kind = EVENT_NO_PLACE;
    send_event(reporter->fd, &event);
    return outcome;
}

/* Logs in again: the parent's connection belongs to another worker. */
static enum outcome worker_login(struct shell *shell)
{
    struct target target = shell->session.target;
    const int retry_ms = shell->settings.retry_ms;
    char cwd[TARGET_PATH_SIZE];
    enum outcome outcome;
    memcpy(cwd, shell->session.cwd, sizeof cwd);
    link_close(&shell->session.control);
    session_close(&shell->session, false);
    session_init(&shell->session, &shell->settings, &target);
    memcpy(shell->session.cwd, cwd, sizeof cwd);
    shell->settings.retry_ms = 0;
    outcome = shell_ensure(shell);
    shell->settings.retry_ms = retry_ms;
    return outcome;
}

static void become_worker(struct shell *shell, const _Atomic unsigned *sharers)
{
    shell->settings.interrupt_fd = interrupt_init();
    shell->session.control.interrupt_fd = shell->settings.interrupt_fd;
    shell->settings.ask_trust = NULL;
    shell->settings.sharers = sharers;
    shell->report.quiet = true;
    shell->report.progress = shell->report.json = false;
    shell->report.lines.drawn = 0;
    shell->steady.yields = true;
}

/* Runs jobs until there are none, or the server is full. */
static void serve_jobs(struct shell *shell, struct reporter *reporter)
{
    struct order order;
    enum outcome outcome = OUTCOME_OK;
    while (recv(reporter->fd, &order, sizeof order, 0) == (ssize_t)sizeof order) {
        struct job job = order.job;
        job.remote = order.remote;
        job.local = order.local;
        outcome = worker_transfer(shell, reporter, &job);
        if (outcome == OUTCOME_INTERRUPTED ||
            (outcome != OUTCOME_OK && shell->session.failure.code == 421))
            return;
    }
}

static _Noreturn void worker_run(struct shell *shell, int fd, bool inherits,
                                 const _Atomic unsigned *sharers)
{
    struct reporter reporter = { .fd = fd };
    struct event hello = { .kind = EVENT_READY };
    become_worker(shell, sharers);
    if (!inherits && worker_login(shell) != OUTCOME_OK) {
        hello.kind = EVENT_NO_PLACE;
        hello.failure = shell->session.failure;
    }
    send_event(fd, &hello);
    if (hello.kind == EVENT_READY)
        serve_jobs(shell, &reporter);
    session_close(&shell->session, true);
    _exit(0);
}

/* -------- in the parent -------- */

/* The first worker has the session now: close our copy without QUIT. */
static void hand_session_over(struct shell *shell)
{
    link_close(&shell->session.control);
    session_close(&shell->session, false);
}

static bool start_worker(struct pool *pool)
{
    struct worker *worker = &pool->workers[pool->count];
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return false;
    fflush(NULL);
    worker->pid = fork();
    if (worker->pid == 0) {
        close(ends[0]);
        for (unsigned i = 0; i < pool->count; i++)
            close(pool->workers[i].fd);
        worker_run(pool->shell, ends[1], pool->count == 0, pool->sharers);
    }
    close(ends[1]);
    worker->fd = ends[0];
    worker->job = SIZE_MAX;
    if (worker->pid < 0) {
        close(ends[0]);
        return false;
    }
    if (pool->count == 0)
        hand_session_over(pool->shell);
    pool->count++;
    return true;
}

static void end_worker(struct pool *pool, struct worker *worker)
{
    if (worker->fd < 0)
        return;
    if (worker->job != SIZE_MAX)
        pool->again[pool->again_n++] = worker->job;
    worker->job = SIZE_MAX;
    close(worker->fd);
    worker->fd = -1;
    while (waitpid(worker->pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

/* The next job.  One that was returned may have left a partial file: resume a download. */
static bool take_job(struct pool *pool, size_t *index, struct job *job)
{
    const bool again = pool->again_n > 0;
    if (again)
        *index = pool->again[--pool->again_n];
    else if (pool->next < pool->jobs->count)
        *index = pool->next++;
    else
        return false;
    *job = pool->jobs->job[*index];
    job->resume_part = again && !job->upload;
    return true;
}

/* Gives an idle worker its next job; false: there is none, or the worker is gone. */
static bool give_job(struct pool *pool, struct worker *worker)
{
    struct order order;
    struct job job;
    if (!take_job(pool, &worker->job, &job))
        return false;
    memset(&order, 0, sizeof order);
    order.job = job;
    order.job.remote = order.job.local = NULL;
    worker->began_ms = now_ms();
    if (!text_copy(order.remote, sizeof order.remote, job.remote) ||
        !text_copy(order.local, sizeof order.local, job.local)) {
        failure_set(&pool->first, OUTCOME_REFUSED, "%s: name too long", job.remote);
        worker->job = SIZE_MAX;
        return give_job(pool, worker);
    }
    if (send(worker->fd, &order, sizeof order, MSG_NOSIGNAL) == (ssize_t)sizeof order)
        return true;
    end_worker(pool, worker);
    return false;
}

static unsigned slot_of(const struct pool *pool, const struct worker *worker)
{
    return (unsigned)(worker - pool->workers);
}

static void on_done(struct pool *pool, struct worker *worker, const struct event *event)
{
    const struct job *job = &pool->jobs->job[worker->job];
    struct report_transfer ended = { .direction = job->upload ? "put" : "get",
                                     .remote = job->remote,
                                     .local = job->local,
                                     .start = event->start,
                                     .bytes = event->done,
                                     .moved = event->moved,
                                     .elapsed_ms = event->elapsed_ms };
    const bool failed = event->failure.outcome != OUTCOME_OK;
    worker->job = SIZE_MAX;
    if (failed)
        ended.failure = &event->failure;
    report_transfer(&pool->shell->report, slot_of(pool, worker), &ended);
    if (failed && pool->first.outcome == OUTCOME_OK)
        pool->first = event->failure;
    else if (failed)
        report_failure(&pool->shell->report, &event->failure);
}

static void on_progress(struct pool *pool, const struct worker *worker, const struct event *event)
{
    const struct progress_state state = { .done = event->done,
                                          .total = event->total,
                                          .moved = event->moved,
                                          .began_ms = worker->began_ms };
    if (worker->job != SIZE_MAX)
        report_progress(&pool->shell->report, slot_of(pool, worker),
                        pool->jobs->job[worker->job].remote, &state);
}

/* Handles one event of a worker.  If the server is full, go on with fewer workers; another one
 * takes the job. */
static void on_event(struct pool *pool, struct worker *worker)
{
    struct event event;
    const ssize_t n = recv(worker->fd, &event, sizeof event, 0);
    if (n != (ssize_t)sizeof event) {
        end_worker(pool, worker);
        return;
    }
    switch (event.kind) {
    case EVENT_READY:
        worker->ready = true;
        break;
    case EVENT_NO_PLACE:
        report_note(&pool->shell->report, "continuing with one session less: %s",
                    event.failure.text);
        end_worker(pool, worker);
        return;
    case EVENT_PROGRESS:
        on_progress(pool, worker, &event);
        return;
    case EVENT_DONE:
        if (worker->job != SIZE_MAX)
            on_done(pool, worker, &event);
        break;
    }
    if (!give_job(pool, worker))
        end_worker(pool, worker);
}

/* Handles events until no worker is left; false if interrupted. */
static bool serve(struct pool *pool)
{
    for (;;) {
        struct pollfd fds[WORKERS_MAX + 1];
        unsigned alive = 0, working = 0;
        for (unsigned i = 0; i < pool->count; i++) {
            fds[i] = (struct pollfd){ .fd = pool->workers[i].fd, .events = POLLIN };
            alive += pool->workers[i].fd >= 0;
            working += pool->workers[i].job != SIZE_MAX;
        }
        atomic_store(pool->sharers, working);
        fds[pool->count] =
            (struct pollfd){ .fd = pool->shell->settings.interrupt_fd, .events = POLLIN };
        if (alive == 0)
            return true;
        if (poll(fds, pool->count + 1, -1) < 0 && errno != EINTR)
            return true;
        if (fds[pool->count].revents)
            return false;
        for (unsigned i = 0; i < pool->count; i++)
            if (pool->workers[i].fd >= 0 && fds[i].revents)
                on_event(pool, &pool->workers[i]);
    }
}

static void stop_all(struct pool *pool)
{
    for (unsigned i = 0; i < pool->count; i++)
        if (pool->workers[i].fd >= 0)
            kill(pool->workers[i].pid, SIGTERM);
    for (unsigned i = 0; i < pool->count; i++)
        end_worker(pool, &pool->workers[i]);
}

/* Runs the jobs that no worker could take, in this process. */
static enum outcome run_rest(struct pool *pool)
{
    struct job job;
    size_t index;
    while (take_job(pool, &index, &job)) {
        const enum outcome outcome = shell_transfer(pool->shell, &job);
        if (outcome != OUTCOME_OK && pool->first.outcome == OUTCOME_OK)
            pool->first = pool->shell->session.failure;
        if (outcome == OUTCOME_INTERRUPTED || (outcome != OUTCOME_OK && !pool->shell->session.open))
            break;
    }
    return pool->first.outcome;
}

enum outcome pool_run(struct shell *shell, const struct jobs *jobs, unsigned parallel)
{
    struct pool pool = { .shell = shell, .jobs = jobs, .first = { .outcome = OUTCOME_OK } };
    bool finished;
    pool.again = calloc(jobs->count, sizeof *pool.again);
    pool.sharers =
        mmap(NULL, sizeof *pool.sharers, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (!pool.again || pool.sharers == MAP_FAILED) {
        free(pool.again);
        return shell_fail(shell, OUTCOME_LOCAL, "out of memory");
    }
    atomic_init(pool.sharers, parallel);
    for (unsigned i = 0; i < parallel && i < WORKERS_MAX; i++)
        if (!start_worker(&pool))
            break;
    finished = serve(&pool);
    stop_all(&pool);
    if (!finished)
        failure_set(&pool.first, OUTCOME_INTERRUPTED, "interrupted");
    else
        (void)run_rest(&pool);
    free(pool.again);
    (void)munmap(pool.sharers, sizeof *pool.sharers);
    /* for the next command, which reports a failure */
    if (shell->interactive && finished)
        (void)shell_ensure(shell);
    if (pool.first.outcome != OUTCOME_OK)
        shell->session.failure = pool.first;
    return pool.first.outcome;
}
