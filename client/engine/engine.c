/* SPDX-License-Identifier: BSD-2-Clause */
/* engine.c - the engine as an object: its descriptor, its sites, one turn of its loop. */
#include "client/engine/engine.h"

#include "client/engine/process.h"
#include "common/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* A process that hangs in the kernel is not waited for. */
enum { EVENTS_MAX = 32, FREE_TRIES = 50, FREE_PAUSE_MS = 2 };

/* ---- birth and end ---- */

static void set_parallel(struct engine *engine, unsigned parallel)
{
    engine->options.parallel = parallel < 1                     ? 1
                               : parallel > ENGINE_PARALLEL_MAX ? ENGINE_PARALLEL_MAX
                                                                : parallel;
}

static bool open_descriptors(struct engine *engine)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
    engine->poll_fd = epoll_create1(EPOLL_CLOEXEC);
    engine->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    return engine->poll_fd >= 0 && engine->timer_fd >= 0 &&
           epoll_ctl(engine->poll_fd, EPOLL_CTL_ADD, engine->timer_fd, &event) == 0;
}

struct engine *engine_new(const struct engine_options *options)
{
    struct engine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return NULL;
    engine->options = *options;
    engine->poll_fd = engine->timer_fd = -1;
    engine->exists_for_all = -1;
    set_parallel(engine, options->parallel);
    for (unsigned i = 0; i < ENGINE_SLOTS; i++)
        engine->workers[i] = (struct engine_worker){ .fd = -1, .slot = i };
    engine->shared = mmap(NULL, sizeof *engine->shared, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (engine->shared == MAP_FAILED || !open_descriptors(engine)) {
        engine_free(engine);
        return NULL;
    }
    atomic_init(&engine->shared->sharers, 1);
    atomic_init(&engine->shared->rate, options->rate);
    return engine;
}

static void free_list(struct engine *engine, struct job_list *list)
{
    while (list->first)
        job_free(engine, list->first);
}

static void free_site(struct engine_site *site)
{
    wipe(&site->target, sizeof site->target);
    free(site);
}

void engine_free(struct engine *engine)
{
    if (!engine)
        return;
    for (unsigned slot = 0; slot < ENGINE_SLOTS; slot++) {
        struct engine_worker *worker = &engine->workers[slot];
        if (worker->pid <= 0)
            continue;
        process_kill(worker->pid);
        for (int i = 0; i < FREE_TRIES && !process_reap(worker->pid, false); i++)
            (void)wait_pause(-1, FREE_PAUSE_MS);
        close(worker->fd);
    }
    free_list(engine, &engine->calls);
    free_list(engine, &engine->queue);
    free_list(engine, &engine->failed);
    free_list(engine, &engine->ended);
    for (unsigned i = 0; i < engine->site_count; i++)
        free_site(engine->sites[i]);
    free(engine->sites);
    if (engine->poll_fd >= 0)
        close(engine->poll_fd);
    if (engine->timer_fd >= 0)
        close(engine->timer_fd);
    if (engine->shared && engine->shared != MAP_FAILED)
        (void)munmap(engine->shared, sizeof *engine->shared);
    wipe(&engine->out, sizeof engine->out);
    free(engine);
}

/* ---- sites ---- */

int engine_add_site(struct engine *engine, const struct target *target,
                    const struct settings *settings)
{
    if (engine->site_count == SITES_MAX)
        return -ENOMEM;
    struct engine_site **sites =
        reallocarray(engine->sites, engine->site_count + 1, sizeof(struct engine_site *));
    if (sites)
        engine->sites = sites;
    struct engine_site *site = sites ? calloc(1, sizeof *site) : NULL;
    if (!site)
        return -ENOMEM;
    site->number = engine->site_count;
    site->target = *target;
    site->settings = *settings;
    site->settings.interrupt_fd = -1;
    site->settings.trace = NULL;
    site->settings.ask_trust = NULL;
    engine->sites[engine->site_count] = site;
    return (int)engine->site_count++;
}

const struct target *engine_site_target(const struct engine *engine, unsigned site)
{
    return site < engine->site_count ? &engine->sites[site]->target : NULL;
}

void engine_lend_session(struct engine *engine, unsigned site, struct session *session)
{
    if (site >= engine->site_count)
        return;
    struct engine_site *to = engine->sites[site];
    to->lent = session->open ? session : NULL;
    text_copy(to->directory, sizeof to->directory, session->cwd);
    text_copy(to->trusted_once, sizeof to->trusted_once, session->tls.fingerprint);
}

void engine_disconnect(struct engine *engine, unsigned site)
{
    if (site >= engine->site_count)
        return;
    engine->sites[site]->disconnects = true;
    engine_wake_at(engine, 0);
}

void engine_set_parallel(struct engine *engine, unsigned parallel)
{
    set_parallel(engine, parallel);
    engine_wake_at(engine, 0);
}

void engine_set_rate(struct engine *engine, int64_t rate)
{
    atomic_store(&engine->shared->rate, rate);
}

/* ---- the loop ---- */

int engine_fd(const struct engine *engine)
{
    return engine->poll_fd;
}

void engine_wake_at(struct engine *engine, int64_t at_ms)
{
    struct itimerspec when = { .it_value = { .tv_sec = 0, .tv_nsec = 1 } };
    if (at_ms == 0)
        at_ms = 1;
    if (engine->armed_ms > 0 && engine->armed_ms <= at_ms)
        return;
    engine->armed_ms = at_ms;
    if (at_ms > 1)
        when.it_value = (struct timespec){ .tv_sec = (time_t)(at_ms / 1000),
                                           .tv_nsec = (long)(at_ms % 1000) * 1000000L };
    (void)timerfd_settime(engine->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void drain_timer(struct engine *engine)
{
    uint64_t expirations;
    if (read(engine->timer_fd, &expirations, sizeof expirations) > 0)
        engine->armed_ms = 0;
}

static void hear_workers(struct engine *engine)
{
    struct epoll_event events[EVENTS_MAX];
    const int n = epoll_wait(engine->poll_fd, events, EVENTS_MAX, 0);
    for (int i = 0; i < n; i++) {
        if (!events[i].data.ptr)
            drain_timer(engine);
        else
            worker_hear(engine, events[i].data.ptr);
    }
}

void engine_dispatch(struct engine *engine)
{
    hear_workers(engine);
    while (engine->ended.first)
        job_end_cancelled(engine, engine->ended.first);
    const int64_t next = workers_watch(engine);
    questions_review(engine);
    workers_pump(engine);
    if (!engine->queue.first)
        engine->exists_for_all = -1;
    if (next > 0)
        engine_wake_at(engine, next);
    if (engine->ended.first)
        engine_wake_at(engine, 0);
}

bool engine_has_requests(const struct engine *engine)
{
    return engine->calls.first || engine->queue.first || engine->ended.first;
}

bool engine_is_busy(const struct engine *engine)
{
    if (engine_has_requests(engine))
        return true;
    for (unsigned i = 0; i < ENGINE_SLOTS; i++) {
        const struct engine_worker *worker = &engine->workers[i];
        if (worker->pid > 0 && !worker->dead)
            return true;
    }
    return false;
}
