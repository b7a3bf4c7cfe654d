/* SPDX-License-Identifier: BSD-2-Clause */
/* plan.c - walks both trees together. */
#include "client/engine/plan_steps.h"

#include "client/engine/local.h"
#include "client/engine/remote.h"
#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

static void skip(const struct plan *plan, const char *why, const char *path)
{
    char text[FAILURE_SIZE];
    text_format(text, sizeof text, "skipped, %s: %s", why, path);
    if (plan->note)
        plan->note(plan->context, text);
}

/* The server's directory changes as the plan goes on. */
static bool absolute_of(const struct plan *plan, const char *path, char to[TARGET_PATH_SIZE])
{
    return remote_join(plan->session->cwd, path, to, TARGET_PATH_SIZE);
}

/* ---- files ---- */

/* A remote time that is not to the second, of a file whose size says nothing, is asked for. */
static enum outcome refine_time(struct plan *plan, const char *remote, struct entry *entry)
{
    char absolute[TARGET_PATH_SIZE];
    if (entry->time_exact || plan->options.size_only || !absolute_of(plan, remote, absolute))
        return OUTCOME_OK;
    return remote_time(plan->session, absolute, &entry->modified, &entry->time_exact);
}

/* Compares the checksums of files of equal size.  Fails if the server has none. */
static enum outcome compare_checksums(struct plan *plan, const char *remote, const char *local,
                                      bool *differs)
{
    struct hash theirs, ours;
    char absolute[TARGET_PATH_SIZE];
    if (!absolute_of(plan, remote, absolute))
        return OUTCOME_OK;
    const enum outcome outcome = remote_hash(plan->session, absolute, -1, &theirs);
    if (outcome != OUTCOME_OK)
        return outcome;
    const int fd = open(local, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const int result =
        fd < 0 ? -errno
               : local_hash(fd, -1, theirs.name, plan->session->settings->interrupt_fd, &ours);
    if (fd >= 0)
        close(fd);
    if (result == -EINTR)
        return failure_set(&plan->session->failure, OUTCOME_INTERRUPTED, "interrupted");
    if (result < 0)
        return failure_set(&plan->session->failure, OUTCOME_LOCAL, "%s: %s", local,
                           strerror(-result));
    *differs = strcmp(theirs.hex, ours.hex) != 0;
    return OUTCOME_OK;
}

/* What both sides have: does it differ? */
static enum outcome compare(struct plan *plan, struct entry *source, const struct entry *target,
                            const char *remote, const char *local, bool *differs)
{
    struct entry copy = *target;
    const bool sizes_differ =
        source->size >= 0 && target->size >= 0 && source->size != target->size;
    enum outcome outcome = OUTCOME_OK;
    if (plan->options.only_newer || !sizes_differ)
        outcome = refine_time(plan, remote, plan->options.upload ? &copy : source);
    *differs = plan_differs(&plan->options, source, &copy);
    if (outcome == OUTCOME_OK && !*differs && plan->options.checksum)
        outcome = compare_checksums(plan, remote, local, differs);
    return outcome;
}

static enum outcome add_job(struct plan *plan, const struct entry *source, bool resume,
                            const char *remote, const char *local)
{
    struct job job = job_of(remote, local, plan->options.upload);
    job.typed = plan->options.upload ? SIZE_MAX : plan_typed_bytes(plan);
    job.resume = resume;
    job.overwrite_links = plan->options.overwrite_links;
    job.total = source->size;
    job.modified = source->modified;
    job.time_exact = source->time_exact;
    switch (jobs_add(&plan->jobs, &job)) {
    case 0:
        return OUTCOME_OK;
    case -E2BIG:
        return failure_set(&plan->session->failure, OUTCOME_LOCAL, "too many files");
    default:
        return plan_no_memory(plan);
    }
}

/* What keeps a file from its place, or NULL. */
static const char *obstacle(const struct plan *plan, const struct entry *target)
{
    if (!target || plan->options.upload)
        return NULL;
    if ((target->link || target->type == ENTRY_LINK) && !plan->options.overwrite_links)
        return "is a symbolic link (use --overwrite-links)";
    if (target->type == ENTRY_DIRECTORY)
        return "is a directory";
    return target->type == ENTRY_OTHER ? "not a regular file" : NULL;
}

static enum outcome plan_file(struct plan *plan, const struct entry *source,
                              const struct entry *target, const char *from, const char *to)
{
    const bool upload = plan->options.upload;
    const char *remote = upload ? to : from, *local = upload ? from : to;
    struct entry refined = *source;
    bool differs = true;
    if (target && plan->session->settings->no_clobber && !upload)
        return OUTCOME_OK;
    if (target && target->type == ENTRY_FILE && !plan->options.everything) {
        const enum outcome outcome = compare(plan, &refined, target, remote, local, &differs);
        if (outcome != OUTCOME_OK || !differs)
            return outcome;
    }
    if (obstacle(plan, target)) {
        plan_problem(plan, OUTCOME_NO_CREATE, "%s: %s", to, obstacle(plan, target));
        return OUTCOME_OK;
    }
    return add_job(plan, &refined, plan->options.resume && target, remote, local);
}

/* ---- directories ---- */

struct place {
    const char *from, *to;
    bool exists; /* to */
    bool sure;   /* all listings above are complete */
    unsigned depth;
};

static enum outcome plan_directory(struct plan *plan, const struct place *place);

/* A directory of the source, below place.  What is in its way at the target costs only this
 * directory. */
static enum outcome plan_subdirectory(struct plan *plan, const struct place *place,
                                      const struct entry *target)
{
    const bool link = target && (target->link || target->type == ENTRY_LINK);
    if (target && target->type != ENTRY_DIRECTORY && !(link && plan->options.overwrite_links)) {
        plan_problem(plan, OUTCOME_NO_CREATE, "%s: %s", place->to,
                     link ? "is a symbolic link (use --overwrite-links)" : "is not a directory");
        return OUTCOME_OK;
    }
    const enum outcome outcome = plan_directory(plan, place);
    if (outcome == OUTCOME_OK || !plan_goes_on(plan, outcome))
        return outcome;
    plan_problem(plan, outcome, "%s: %s", place->from, plan->session->failure.text);
    return OUTCOME_OK;
}

static enum outcome plan_entry(struct plan *plan, const struct entry *source,
                               const struct listing *targets, const struct place *place)
{
    const struct entry *target = listing_find(targets, source->name);
    char from[TARGET_PATH_SIZE], to[TARGET_PATH_SIZE];
    if (!name_is_safe(source->name, source->name_bytes)) {
        skip(plan, "unsafe name", source->name);
        plan_problem(plan, OUTCOME_PROTOCOL, "skipped unsafe names from the server");
        return OUTCOME_OK;
    }
    if (!remote_join(place->from, source->name, from, sizeof from) ||
        !remote_join(place->to, source->name, to, sizeof to)) {
        plan_problem(plan, OUTCOME_REFUSED, "%s: path too long", source->name);
        return OUTCOME_OK;
    }
    if (!plan_wants(&plan->options, source, plan_below_root(from, plan->source_bytes)))
        return OUTCOME_OK;
    if (source->type == ENTRY_DIRECTORY) {
        const struct place inner = { .from = from,
                                     .to = to,
                                     .exists = target && target->type == ENTRY_DIRECTORY,
                                     .sure = place->sure,
                                     .depth = place->depth + 1 };
        return plan_subdirectory(plan, &inner, target);
    }
    if (source->type == ENTRY_FILE)
        return plan_file(plan, source, target, from, to);
    skip(plan, "not a regular file", from);
    return OUTCOME_OK;
}

static enum outcome plan_entries(struct plan *plan, const struct place *place,
                                 const struct listing *sources, const struct listing *targets)
{
    struct place inner = *place;
    enum outcome outcome = OUTCOME_OK;
    inner.sure = place->sure && !sources->doubtful;
    plan->targets += targets->count;
    if (!place->exists) {
        const struct entry directory = { .type = ENTRY_DIRECTORY };
        outcome = plan_add_path(plan, &plan->directories, place->to, &directory);
    }
    for (size_t i = 0; outcome == OUTCOME_OK && i < sources->count; i++) {
        if (i == 0 || strcmp(sources->entries[i].name, sources->entries[i - 1].name) != 0)
            outcome = plan_entry(plan, &sources->entries[i], targets, &inner);
    }
    if (outcome != OUTCOME_OK || !plan->options.delete_extra)
        return outcome;
    if (inner.sure)
        return plan_extras(plan, sources, targets, place->to);
    if (sources->doubtful)
        plan_problem(plan, OUTCOME_PROTOCOL,
                     "the listing of %s may be incomplete: nothing in it is deleted", place->from);
    return OUTCOME_OK;
}

static enum outcome plan_directory(struct plan *plan, const struct place *place)
{
    struct listing sources = { 0 }, targets = { 0 };
    const bool upload = plan->options.upload;
    if (place->depth > PLAN_DEPTH_MAX || ++plan->visited > PLAN_DIRECTORIES_MAX)
        return failure_set(&plan->session->failure, OUTCOME_PROTOCOL,
                           "%s: too many or too deeply nested directories", place->from);
    enum outcome outcome = plan_list(plan, place->from, !upload, &sources);
    if (outcome == OUTCOME_OK && place->exists)
        outcome = plan_list(plan, place->to, upload, &targets);
    if (outcome == OUTCOME_OK) {
        const size_t held = sources.bytes + targets.bytes;
        outcome = plan_hold(plan, place->from, held);
        if (outcome == OUTCOME_OK)
            outcome = plan_entries(plan, place, &sources, &targets);
        plan->held_bytes -= held;
    }
    listing_free(&sources);
    listing_free(&targets);
    return outcome;
}

enum outcome plan_make(struct plan *plan, const char *source, const char *target, bool exists)
{
    const struct place root = { .from = source, .to = target, .exists = exists, .sure = true };
    plan->source_bytes = strlen(source);
    plan->target_bytes = strlen(target);
    plan->first = (struct failure){ .outcome = OUTCOME_OK };
    enum outcome outcome = plan_directory(plan, &root);
    const struct failure kept = plan->session->failure;
    const enum outcome back = remote_go_back(plan->session);
    if (outcome != OUTCOME_OK)
        plan->session->failure = kept;
    else
        outcome = back;
    return outcome;
}

void plan_free(struct plan *plan)
{
    listing_free(&plan->directories);
    jobs_free(&plan->jobs);
    listing_free(&plan->deletions);
}
