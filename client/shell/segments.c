/* SPDX-License-Identifier: BSD-2-Clause */
/* segments.c - the sessions write into one partial file.  If it fails, only what is there from the
 * start without a gap stays, for a resume. */
#include "client/shell/segments.h"

#include "client/engine/output.h"
#include "client/engine/remote.h"
#include "client/shell/engine_loop.h"
#include "common/text.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { SEGMENT_LEAST = 256 * 1024 };

struct segments {
    struct shell *shell;
    struct engine *engine;
    const struct job *job;
    struct entry entry; /* the file */
    struct output output;
    unsigned count;
    struct segment {
        int64_t from, end, done;
    } segment[ENGINE_PARALLEL_MAX];
    int64_t began_ms;
    bool failed;
    struct failure failure; /* the first */
};

static void fail(struct segments *all, const struct failure *failure)
{
    if (!all->failed)
        all->failure = *failure;
    all->failed = true;
}

static int64_t moved(const struct segments *all)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < all->count; i++)
        sum += all->segment[i].done - all->segment[i].from;
    return sum;
}

static void on_event(void *context, const struct engine_event *event)
{
    struct segments *all = context;
    struct report *report = &all->shell->report;
    struct segment *segment = &all->segment[event->tag < all->count ? event->tag : 0];
    const struct progress_state state = {
        .done = moved(all), .total = all->entry.size, .moved = moved(all), .began_ms = all->began_ms
    };
    switch (event->kind) {
    case ENGINE_EVENT_PROGRESS:
        if (event->done >= segment->from && event->done <= segment->end)
            segment->done = event->done;
        report_progress(report, 0, all->job->remote, &state);
        break;
    case ENGINE_EVENT_TRACE:
        report_trace(report, event->direction, event->text);
        break;
    case ENGINE_EVENT_NOTE:
        report_note(report, "%s", event->text);
        break;
    case ENGINE_EVENT_END:
        if (event->done >= segment->done && event->done <= segment->end)
            segment->done = event->done;
        if (event->failure && event->state != ENGINE_CANCELLED) {
            fail(all, event->failure);
            engine_stop(all->engine, 0); /* the others' work would be lost, too */
        }
        break;
    default:
        break;
    }
}

static bool submit(struct segments *all, unsigned site)
{
    const int64_t size = all->entry.size;
    for (unsigned i = 0; i < all->count; i++) {
        struct segment *segment = &all->segment[i];
        struct engine_request request =
            engine_request_of(ENGINE_GET, site, all->job->remote, all->job->local);
        segment->from = segment->done = size / all->count * i;
        segment->end = i + 1 == all->count ? size : size / all->count * (i + 1);
        request.tag = i;
        request.typed = all->job->typed;
        request.total = size;
        request.modified = all->entry.modified;
        request.from = segment->from;
        request.end = segment->end;
        if (engine_submit(all->engine, &request) == 0)
            return false;
    }
    return true;
}

static void run(struct segments *all)
{
    struct shell *shell = all->shell;
    const struct engine_options options = { .parallel = all->count,
                                            .rate = shell->settings.rate,
                                            .trace = shell->settings.trace != NULL,
                                            .context = all,
                                            .event = on_event };
    struct failure failure;
    all->engine = engine_new(&options);
    const int site =
        all->engine ? engine_add_site(all->engine, &shell->session.target, &shell->settings) : -1;
    if (site >= 0)
        engine_lend_session(all->engine, (unsigned)site, &shell->session);
    if (site < 0 || !submit(all, (unsigned)site)) {
        failure_set(&failure, OUTCOME_LOCAL, "out of memory");
        fail(all, &failure);
    } else if (engine_loop(shell, all->engine, NULL, NULL)) {
        failure_set(&failure, OUTCOME_INTERRUPTED, "interrupted");
        fail(all, &failure);
    }
    engine_free(all->engine);
    if (!all->failed && moved(all) != all->entry.size) {
        failure_set(&failure, OUTCOME_AGAIN, "%s: incomplete", all->job->remote);
        fail(all, &failure);
    }
}

/* Where the first gap begins. */
static int64_t without_gap(const struct segments *all)
{
    int64_t end = 0;
    for (unsigned i = 0; i < all->count && all->segment[i].from == end; i++)
        end = all->segment[i].done;
    return end;
}

static void finish(struct segments *all)
{
    struct failure failure;
    int result = 0;
    if (!all->failed) {
        result = output_finish(&all->output, &all->shell->settings, all->entry.modified);
    } else {
        const int64_t end = without_gap(all);
        const bool kept = end > 0 && ftruncate(all->output.fd, end) == 0;
        output_abandon(&all->output, all->entry.modified, kept ? OUTPUT_WRITTEN : OUTPUT_USELESS);
    }
    if (result == 0)
        return;
    failure_set(&failure, OUTCOME_LOCAL, "%s: %s", all->job->local, strerror(-result));
    fail(all, &failure);
}

/* Is the partial file open, empty, and for us alone? */
static bool open_output(struct segments *all)
{
    const struct output_options options = { .settings = &all->shell->settings,
                                            .typed = all->job->typed,
                                            .overwrite_links = all->job->overwrite_links };
    if (output_open(all->job->local, &options, &all->output) < 0)
        return false;
    if (!all->output.in_place && !all->output.stream && ftruncate(all->output.fd, 0) == 0)
        return true;
    output_abandon(&all->output, INT64_MIN, OUTPUT_UNTOUCHED);
    return false;
}

/* One session does it, where that is not for several. */
static bool is_for_several(struct segments *all, unsigned count)
{
    const struct session *session = &all->shell->session;
    const struct job *job = all->job;
    if (count < 2 || job->upload || job->resume || all->shell->queueing ||
        all->shell->settings.ascii || strcmp(job->local, "-") == 0 ||
        !(session->features & FEATURE_REST))
        return false;
    if (remote_stat(&all->shell->session, job->remote, &all->entry) != OUTCOME_OK ||
        all->entry.type != ENTRY_FILE || all->entry.modified == INT64_MIN)
        return false;
    const int64_t most = all->entry.size / SEGMENT_LEAST;
    all->count = most < (int64_t)count ? (unsigned)(most < 0 ? 0 : most) : count;
    return all->count >= 2;
}

enum outcome segments_get(struct shell *shell, const struct job *job, unsigned count)
{
    struct segments all = { .shell = shell, .job = job, .began_ms = now_ms() };
    struct report_transfer ended = { .direction = "get",
                                     .remote = job->remote,
                                     .local = job->local };
    if (!is_for_several(&all, count) || !open_output(&all))
        return shell_transfer(shell, job);
    run(&all);
    finish(&all);
    ended.bytes = all.failed ? without_gap(&all) : all.entry.size;
    ended.moved = moved(&all);
    ended.elapsed_ms = now_ms() - all.began_ms;
    ended.failure = all.failed ? &all.failure : NULL;
    report_transfer(&shell->report, 0, &ended);
    if (shell->interactive && all.failure.outcome != OUTCOME_INTERRUPTED)
        (void)shell_ensure(shell);
    if (!all.failed)
        return OUTCOME_OK;
    shell->session.failure = all.failure;
    return all.failure.outcome;
}
