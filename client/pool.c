/* pool.c - transfers in worker processes.  Each worker has a session of its own and is joined to
 * this process by one channel: a job goes out, its events come back.  A worker holds one job at a time, so
 * that the loss of one costs one. */
#include "client/jobs.h"

#include "client/interrupt.h"
#include "common/text.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORKERS_MOST = 64, TELL_EVERY_MS = 100 };

struct order {
    bool upload, resume, append;
    int64_t total, modified;
    char remote[TARGET_PATH_ROOM], local[TARGET_PATH_ROOM];
};

struct event {
    enum { EVENT_READY, EVENT_NOT_READY, EVENT_PROGRESS, EVENT_DONE } kind;
    int64_t start, done, moved, elapsed_ms;
    struct trouble trouble;
};

struct worker {
    pid_t pid;
    int fd;     /* -1: gone */
    bool ready; /* it has logged in */
    size_t job; /* what it works on; SIZE_MAX: nothing */
    int64_t done, moved;
};

struct pool {
    struct shell *shell;
    const struct jobs *jobs;
    size_t next;   /* the next job to hand out */
    size_t *again; /* jobs that came back, because their worker went */
    size_t again_n;
    struct worker workers[WORKERS_MOST];
    unsigned count;
    int64_t moved_before; /* by jobs that have ended */
    struct trouble first; /* failure */
};

/* -------- in the worker -------- */

struct voice {
    int fd;
    int64_t told_ms;
};

static void tell(int fd, const struct event *event)
{
    if (send(fd, event, sizeof *event, MSG_NOSIGNAL) != (ssize_t)sizeof *event)
        _exit(1); /* nobody listens any more */
}

static void worker_progress(void *context, const struct transfer *transfer)
{
    struct voice *voice = context;
    struct event event = { .kind = EVENT_PROGRESS, .done = transfer->done, .moved = transfer->moved };
    int64_t now = now_ms();

    if (now - voice->told_ms < TELL_EVERY_MS)
        return;
    voice->told_ms = now;
    tell(voice->fd, &event);
}

static void worker_end(void *context, const struct report_transfer *transfer)
{
    struct voice *voice = context;
    struct event event = { .kind = EVENT_DONE,
                           .start = transfer->start,
                           .done = transfer->bytes,
                           .moved = transfer->moved,
                           .elapsed_ms = transfer->elapsed_ms };

    if (transfer->trouble)
        event.trouble = *transfer->trouble;
    tell(voice->fd, &event);
}

/* The parent's connection is closed without a word; the same log-in is made anew. */
static enum outcome worker_login(struct shell *shell)
{
    struct target target = shell->session.target;
    char cwd[TARGET_PATH_ROOM];

    memcpy(cwd, shell->session.cwd, sizeof cwd);
    link_close(&shell->session.control);
    session_close(&shell->session, false);
    session_init(&shell->session, &shell->settings, &target);
    memcpy(shell->session.cwd, cwd, sizeof cwd);
    shell->settings.retry_ms = 0;
    return shell_ensure(shell);
}

static _Noreturn void worker_run(struct shell *shell, int fd)
{
    static struct voice voice;
    struct event hello = { .kind = EVENT_READY };
    int retry_ms = shell->settings.retry_ms;
    struct order order;

    voice.fd = fd;
    shell->settings.interrupt_fd = interrupt_init();
    shell->report.quiet = true;
    shell->report.progress = shell->report.json = false;
    shell->report.drawn = false;
    shell->settings.ask_trust = NULL;
    shell->on_progress = worker_progress;
    shell->on_end = worker_end;
    shell->events = &voice;
    if (worker_login(shell) != OUTCOME_OK) {
        hello.kind = EVENT_NOT_READY;
        hello.trouble = shell->session.trouble;
    }
    tell(fd, &hello);
    shell->settings.retry_ms = retry_ms;
    while (hello.kind == EVENT_READY && recv(fd, &order, sizeof order, 0) == (ssize_t)sizeof order) {
        struct job job = { .upload = order.upload,
                           .resume = order.resume,
                           .append = order.append,
                           .remote = order.remote,
                           .local = order.local,
                           .total = order.total,
                           .modified = order.modified };

        if (shell_transfer(shell, &job) == OUTCOME_INTERRUPTED)
            break;
    }
    session_close(&shell->session, true);
    _exit(0);
}

/* -------- in the parent -------- */

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
        worker_run(pool->shell, ends[1]);
    }
    close(ends[1]);
    worker->fd = ends[0];
    worker->job = SIZE_MAX;
    if (worker->pid < 0) {
        close(ends[0]);
        return false;
    }
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

static bool take_job(struct pool *pool, size_t *index)
{
    if (pool->again_n > 0) {
        *index = pool->again[--pool->again_n];
        return true;
    }
    if (pool->next == pool->jobs->count)
        return false;
    *index = pool->next++;
    return true;
}

/* Gives an idle worker its next job; true where it has one. */
static bool give_job(struct pool *pool, struct worker *worker)
{
    struct order order = { .upload = false };
    const struct job *job;
    size_t index;

    if (!take_job(pool, &index))
        return false;
    job = &pool->jobs->job[index];
    order = (struct order){ .upload = job->upload,
                            .resume = job->resume,
                            .append = job->append,
                            .total = job->total,
                            .modified = job->modified };
    worker->job = index;
    worker->done = worker->moved = 0;
    if (!text_copy(order.remote, sizeof order.remote, job->remote) ||
        !text_copy(order.local, sizeof order.local, job->local)) {
        trouble_set(&pool->first, OUTCOME_REFUSED, "%s: the name is too long", job->remote);
        worker->job = SIZE_MAX;
        return give_job(pool, worker);
    }
    if (send(worker->fd, &order, sizeof order, MSG_NOSIGNAL) == (ssize_t)sizeof order)
        return true;
    end_worker(pool, worker);
    return false;
}

static void on_done(struct pool *pool, struct worker *worker, const struct event *event)
{
    const struct job *job = &pool->jobs->job[worker->job];
    struct report_transfer told = { .direction = job->upload ? "put" : "get",
                                    .remote = job->remote,
                                    .local = job->local,
                                    .start = event->start,
                                    .bytes = event->done,
                                    .moved = event->moved,
                                    .elapsed_ms = event->elapsed_ms };
    bool failed = event->trouble.outcome != OUTCOME_OK;

    worker->job = SIZE_MAX;
    pool->moved_before += event->moved;
    worker->done = worker->moved = 0;
    if (failed)
        told.trouble = &event->trouble;
    report_transfer(&pool->shell->report, &told);
    if (failed && pool->first.outcome == OUTCOME_OK)
        pool->first = event->trouble;
    else if (failed)
        report_trouble(&pool->shell->report, &event->trouble);
}

static void show_progress(struct pool *pool)
{
    struct report *report = &pool->shell->report;
    int64_t moved = pool->moved_before;
    const char *name = "";

    for (unsigned i = 0; i < pool->count; i++) {
        moved += pool->workers[i].moved;
        if (pool->workers[i].job != SIZE_MAX)
            name = pool->jobs->job[pool->workers[i].job].remote;
    }
    report_progress(report, name, moved, pool->jobs->total_bytes, moved, report->began_ms);
}

/* One event of one worker.  A worker that could not log in is done without: fewer at once. */
static void on_event(struct pool *pool, struct worker *worker)
{
    struct event event;
    ssize_t n = recv(worker->fd, &event, sizeof event, 0);

    if (n != (ssize_t)sizeof event) {
        end_worker(pool, worker);
        return;
    }
    switch (event.kind) {
    case EVENT_READY:
        worker->ready = true;
        break;
    case EVENT_NOT_READY:
        report_note(&pool->shell->report, "one session less: %s", event.trouble.text);
        end_worker(pool, worker);
        return;
    case EVENT_PROGRESS:
        worker->done = event.done;
        worker->moved = event.moved;
        show_progress(pool);
        return;
    case EVENT_DONE:
        if (worker->job != SIZE_MAX)
            on_done(pool, worker, &event);
        break;
    }
    if (!give_job(pool, worker))
        end_worker(pool, worker);
}

/* Waits for events until no worker is left; false where the user interrupts. */
static bool serve(struct pool *pool)
{
    for (;;) {
        struct pollfd fds[WORKERS_MOST + 1];
        unsigned alive = 0;

        for (unsigned i = 0; i < pool->count; i++) {
            fds[i] = (struct pollfd){ .fd = pool->workers[i].fd, .events = POLLIN };
            alive += pool->workers[i].fd >= 0;
        }
        fds[pool->count] = (struct pollfd){ .fd = pool->shell->settings.interrupt_fd, .events = POLLIN };
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

/* What no worker could do is done here, by this process' own session. */
static enum outcome run_rest(struct pool *pool)
{
    size_t index;

    while (take_job(pool, &index)) {
        enum outcome outcome = shell_transfer(pool->shell, &pool->jobs->job[index]);

        if (outcome != OUTCOME_OK && pool->first.outcome == OUTCOME_OK)
            pool->first = pool->shell->session.trouble;
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
    if (!pool.again)
        return shell_trouble(shell, OUTCOME_LOCAL, "out of memory");
    for (unsigned i = 0; i < parallel && i < WORKERS_MOST; i++)
        if (!start_worker(&pool))
            break;
    finished = serve(&pool);
    stop_all(&pool);
    if (!finished)
        trouble_set(&pool.first, OUTCOME_INTERRUPTED, "interrupted");
    else
        (void)run_rest(&pool);
    free(pool.again);
    if (pool.first.outcome != OUTCOME_OK)
        shell->session.trouble = pool.first;
    return pool.first.outcome;
}
