/* SPDX-License-Identifier: BSD-2-Clause */
/* queue_runner.c - the process that runs the queue, by the engine.  It takes what the journal has,
 * looks for what is added, and ends when nothing waits, or with the shell. */
#include "client/shell/transfer_queue.h"

#include "client/engine/netrc.h"
#include "client/engine/queue_file.h"
#include "common/path.h"
#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOOK_EVERY_MS = 1000, STOP_MS = 5000, URL_SIZE = 1024 };

struct runner {
    struct shell *shell;
    struct engine *engine;
    char path[PATH_MAX];
    int64_t looked_ms;
    struct stat seen; /* the journal, when it was read */
    struct active {   /* what the engine has, by id */
        uint64_t id;
        engine_id request;
        int64_t rank;
        bool listed;
    } * active;
    size_t count, room;
    char **sites; /* the URL of each of the engine's sites */
    unsigned site_count;
    bool stopping;
    enum outcome first;
};

/* ---- sites ---- */

static bool is_the_shells(const struct target *target, const struct target *other)
{
    return strcmp(target->host, other->host) == 0 && strcmp(target->user, other->user) == 0 &&
           target->port == other->port;
}

/* The password of the shell's own session, or of .netrc. */
static void find_password(const struct runner *runner, struct target *target)
{
    const struct target *own = &runner->shell->session.target;
    if (is_the_shells(target, own) && own->has_password) {
        target->has_password = text_copy(target->password, sizeof target->password, own->password);
    } else if (runner->shell->netrc_file) {
        (void)netrc_find(runner->shell->netrc_file, target);
    }
}

static int add_site(struct runner *runner, const char *url)
{
    struct target target;
    const char *why;
    char **sites = reallocarray(runner->sites, runner->site_count + 1, sizeof(char *));
    if (!sites)
        return -ENOMEM;
    runner->sites = sites;
    if (!target_parse(url, &target, &why))
        return -EINVAL;
    find_password(runner, &target);
    sites[runner->site_count] = strdup(url);
    const int site = sites[runner->site_count]
                         ? engine_add_site(runner->engine, &target, &runner->shell->settings)
                         : -ENOMEM;
    wipe(&target, sizeof target);
    if (site >= 0)
        runner->site_count++;
    return site;
}

static int site_of(struct runner *runner, const char *url)
{
    for (unsigned i = 0; i < runner->site_count; i++)
        if (strcmp(runner->sites[i], url) == 0)
            return (int)i;
    return add_site(runner, url);
}

/* ---- what the engine has ---- */

/* Where an id is, or belongs. */
static size_t place_of(const struct runner *runner, uint64_t id)
{
    size_t low = 0, high = runner->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (runner->active[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct active *find_active(const struct runner *runner, uint64_t id)
{
    const size_t at = place_of(runner, id);
    return at < runner->count && runner->active[at].id == id ? &runner->active[at] : NULL;
}

static void forget(struct runner *runner, uint64_t id)
{
    struct active *active = find_active(runner, id);
    if (!active)
        return;
    runner->count--;
    memmove(active, active + 1, (size_t)(runner->active + runner->count - active) * sizeof *active);
}

static bool remember(struct runner *runner, const struct queued *entry, engine_id request)
{
    if (runner->count == runner->room) {
        const size_t room = runner->room ? runner->room * 2 : 64;
        struct active *bigger = reallocarray(runner->active, room, sizeof(struct active));
        if (!bigger)
            return false;
        runner->active = bigger;
        runner->room = room;
    }
    struct active *active = &runner->active[place_of(runner, entry->id)];
    memmove(active + 1, active, (size_t)(runner->active + runner->count - active) * sizeof *active);
    *active =
        (struct active){ .id = entry->id, .request = request, .rank = entry->rank, .listed = true };
    runner->count++;
    return true;
}

static void submit(struct runner *runner, const struct queued *entry)
{
    const struct job *job = &entry->job;
    const int site = site_of(runner, entry->site);
    struct engine_request request = engine_request_of(
        job->upload ? ENGINE_PUT : ENGINE_GET, (unsigned)(site < 0 ? 0 : site),
        job->upload ? job->local : job->remote, job->upload ? job->remote : job->local);
    request.tag = entry->id;
    request.append = job->append;
    request.resume = job->resume;
    request.resume_part = entry->begun && !job->append;
    request.overwrite_links = job->overwrite_links;
    request.typed = job->typed;
    request.total = job->total;
    request.modified = job->modified;
    request.time_exact = job->time_exact;
    const engine_id id = site < 0 ? 0 : engine_submit(runner->engine, &request);
    if (id == 0)
        (void)queue_add_mark(runner->path, QUEUE_FAILED, entry->id, "cannot be read");
    else if (!remember(runner, entry, id))
        (void)engine_cancel(runner->engine, id);
}

static void move_to_front(struct runner *runner, const struct active *active)
{
    const void *cursor = NULL;
    struct engine_job_view first;
    if (engine_next_job(runner->engine, &cursor, &first) && first.id != active->request)
        (void)engine_move(runner->engine, active->request, first.id);
}

static void take_entry(struct runner *runner, const struct queued *entry)
{
    struct active *active = find_active(runner, entry->id);
    if (!active) {
        if (!entry->failed)
            submit(runner, entry);
        return;
    }
    active->listed = true;
    if (active->rank != entry->rank)
        move_to_front(runner, active);
    active->rank = entry->rank;
}

/* Reads the journal, if it has changed. */
static void look(struct runner *runner)
{
    struct queue_list list;
    struct stat status;
    runner->looked_ms = now_ms();
    if (runner->stopping || stat(runner->path, &status) < 0 ||
        (status.st_ino == runner->seen.st_ino && status.st_size == runner->seen.st_size))
        return;
    runner->seen = status;
    for (size_t i = 0; i < runner->count; i++)
        runner->active[i].listed = false;
    if (queue_read(runner->path, &list) == 0) {
        for (size_t i = 0; i < list.count; i++)
            take_entry(runner, &list.entry[i]);
        for (size_t i = 0; i < runner->count; i++)
            if (!runner->active[i].listed)
                (void)engine_cancel(runner->engine, runner->active[i].request);
    }
    queue_list_free(&list);
}

/* ---- events ---- */

static void show(struct runner *runner, const struct engine_event *event, uint64_t id)
{
    struct queue_status *status = runner->shell->queue_status;
    struct queue_running *slot = status ? &status->slot[event->slot] : NULL;
    if (!slot)
        return;
    atomic_store(&slot->done, event->done);
    atomic_store(&slot->total, event->total);
    atomic_store(&slot->moved, event->moved);
    atomic_store(&slot->id, id);
}

static void begin(struct runner *runner, const struct engine_event *event)
{
    struct queue_status *status = runner->shell->queue_status;
    const void *cursor = NULL;
    struct engine_job_view view;
    (void)queue_add_mark(runner->path, QUEUE_BEGUN, event->tag, NULL);
    while (status && engine_next_job(runner->engine, &cursor, &view)) {
        if (view.id != event->id)
            continue;
        struct queue_running *slot = &status->slot[event->slot];
        const char *remote = event->op == ENGINE_PUT ? view.request->second : view.request->path;
        (void)text_format(slot->name, sizeof slot->name, "%s", path_last(remote));
        atomic_store(&slot->began_ms, now_ms());
        break;
    }
    show(runner, event, event->tag);
}

static void end(struct runner *runner, const struct engine_event *event)
{
    show(runner, event, 0);
    forget(runner, event->tag);
    if (event->state == ENGINE_SUCCEEDED)
        (void)queue_add_mark(runner->path, QUEUE_GONE, event->tag, NULL);
    if (event->state != ENGINE_FAILED)
        return;
    const char *why = event->failure ? event->failure->text : "";
    (void)queue_add_mark(runner->path, QUEUE_FAILED, event->tag, why);
    if (event->failure && runner->first == OUTCOME_OK)
        runner->first = event->failure->outcome;
}

static void on_event(void *context, const struct engine_event *event)
{
    struct runner *runner = context;
    if (event->kind == ENGINE_EVENT_STATE && event->state == ENGINE_RUNNING)
        begin(runner, event);
    else if (event->kind == ENGINE_EVENT_STATE)
        show(runner, event, 0);
    else if (event->kind == ENGINE_EVENT_PROGRESS)
        show(runner, event, event->tag);
    else if (event->kind == ENGINE_EVENT_END)
        end(runner, event);
}

/* ---- the process ---- */

/* One program at a time runs a queue. */
static bool lock_queue(const struct runner *runner)
{
    char name[PATH_MAX];
    if (!text_format(name, sizeof name, "%s.lock", runner->path))
        return false;
    const int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0; /* kept until the end */
}

/* Has the shell said that there is more? */
static bool was_poked(int channel)
{
    char bytes[64];
    return recv(channel, bytes, sizeof bytes, MSG_DONTWAIT) > 0;
}

/* The shell's end of the channel is closed when it has ended. */
static void hear_shell(struct runner *runner, int channel)
{
    char bytes[64];
    if (recv(channel, bytes, sizeof bytes, MSG_DONTWAIT) != 0)
        return;
    runner->stopping = true;
    engine_stop(runner->engine, STOP_MS);
}

static void serve(struct runner *runner, int channel)
{
    look(runner);
    while (engine_is_busy(runner->engine)) {
        struct pollfd fds[] = {
            { .fd = engine_fd(runner->engine), .events = POLLIN },
            { .fd = runner->stopping ? -1 : channel, .events = POLLIN },
            { .fd = runner->stopping ? -1 : runner->shell->settings.interrupt_fd,
              .events = POLLIN },
        };
        (void)poll(fds, 3, LOOK_EVERY_MS);
        if (fds[1].revents)
            hear_shell(runner, channel);
        if (fds[2].revents && !runner->stopping) {
            runner->stopping = true;
            engine_stop(runner->engine, STOP_MS);
        }
        engine_dispatch(runner->engine);
        if (fds[1].revents || !engine_has_requests(runner->engine) ||
            now_ms() - runner->looked_ms >= LOOK_EVERY_MS)
            look(runner);
    }
}

enum outcome queue_runner(void *context, struct shell *shell, int channel)
{
    struct runner runner = { .shell = shell, .first = OUTCOME_OK };
    const struct engine_options options = { .parallel = shell->parallel,
                                            .rate = shell->settings.rate,
                                            .context = &runner,
                                            .event = on_event };
    text_copy(runner.path, sizeof runner.path, context);
    if (!lock_queue(&runner))
        return OUTCOME_OK;
    (void)queue_compact(runner.path);
    runner.engine = engine_new(&options);
    if (!runner.engine)
        return OUTCOME_LOCAL;
    serve(&runner, channel);
    /* from here on the shell starts another process for what it adds */
    (void)shutdown(channel, SHUT_RD);
    if (was_poked(channel))
        serve(&runner, channel);
    engine_free(runner.engine);
    return runner.stopping ? OUTCOME_INTERRUPTED : runner.first;
}
