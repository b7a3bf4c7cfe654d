/* plan.c - walks both trees together. */
#include "client/engine/plan.h"

#include "client/engine/local.h"
#include "client/engine/remote.h"
#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- what went wrong without ending the plan ---- */

__attribute__((format(printf, 3, 4))) static void problem(struct plan *plan, enum outcome outcome,
                                                          const char *format, ...)
{
    struct failure failure;
    char text[FAILURE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    failure_set(&failure, outcome, "%s", text);
    if (plan->first.outcome == OUTCOME_OK)
        plan->first = failure;
    else if (plan->note)
        plan->note(plan->context, failure.text);
}

static void skip(const struct plan *plan, const char *why, const char *path)
{
    char text[FAILURE_SIZE];
    text_format(text, sizeof text, "skipped, %s: %s", why, path);
    if (plan->note)
        plan->note(plan->context, text);
}

static enum outcome no_memory(struct plan *plan)
{
    return failure_set(&plan->session->failure, OUTCOME_LOCAL, "out of memory");
}

/* Can the plan go on after this failure of one directory or file? */
static bool is_local_problem(const struct plan *plan, enum outcome outcome)
{
    return plan->session->open && outcome != OUTCOME_INTERRUPTED && outcome != OUTCOME_PROTOCOL;
}

/* ---- both sides ---- */

static const char *below_root(const char *path, size_t root_bytes)
{
    const char *rest = path + (strlen(path) < root_bytes ? strlen(path) : root_bytes);
    return rest + strspn(rest, "/");
}

/* The server's directory changes as the plan goes on. */
static bool absolute_of(const struct plan *plan, const char *path, char to[TARGET_PATH_SIZE])
{
    return remote_join(plan->session->cwd, path, to, TARGET_PATH_SIZE);
}

/* Of the local target. */
static size_t typed_bytes(const struct plan *plan)
{
    return plan->options.untyped ? 0 : plan->target_bytes;
}

static enum outcome list_side(struct plan *plan, const char *path, bool remote, struct listing *listing)
{
    if (remote)
        return remote_list_inside(plan->session, path, listing);
    const size_t typed = plan->options.upload ? plan->source_bytes : typed_bytes(plan);
    const int result = local_list(path, typed, listing);
    if (result == -ENOMEM)
        return no_memory(plan);
    return result == 0
               ? OUTCOME_OK
               : failure_set(&plan->session->failure, OUTCOME_LOCAL, "%s: %s", path, strerror(-result));
}

/* Listings stay in memory from the root down to the current directory: their sum is bounded. */
static enum outcome hold(struct plan *plan, const char *path, size_t bytes)
{
    plan->held_bytes += bytes;
    return plan->held_bytes <= PLAN_MAX_BYTES
               ? OUTCOME_OK
               : failure_set(&plan->session->failure, OUTCOME_PROTOCOL, "%s: listings too large", path);
}

static enum outcome add_path(struct plan *plan, struct listing *listing, const char *path,
                             const struct entry *entry)
{
    struct entry copy = *entry;
    copy.name = path;
    copy.name_bytes = strlen(path);
    return listing_add(listing, &copy) == 0 ? OUTCOME_OK : no_memory(plan);
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
static enum outcome compare_checksums(struct plan *plan, const char *remote, const char *local, bool *differs)
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
        fd < 0 ? -errno : local_hash(fd, -1, theirs.name, plan->session->settings->interrupt_fd, &ours);
    if (fd >= 0)
        close(fd);
    if (result == -EINTR)
        return failure_set(&plan->session->failure, OUTCOME_INTERRUPTED, "interrupted");
    if (result < 0)
        return failure_set(&plan->session->failure, OUTCOME_LOCAL, "%s: %s", local, strerror(-result));
    *differs = strcmp(theirs.hex, ours.hex) != 0;
    return OUTCOME_OK;
}

/* What both sides have: does it differ? */
static enum outcome compare(struct plan *plan, struct entry *source, const struct entry *target,
                            const char *remote, const char *local, bool *differs)
{
    struct entry copy = *target;
    const bool sizes_differ = source->size >= 0 && target->size >= 0 && source->size != target->size;
    enum outcome outcome = OUTCOME_OK;
    if (plan->options.only_newer || !sizes_differ)
        outcome = refine_time(plan, remote, plan->options.upload ? &copy : source);
    *differs = plan_differs(&plan->options, source, &copy);
    if (outcome == OUTCOME_OK && !*differs && plan->options.checksum)
        outcome = compare_checksums(plan, remote, local, differs);
    return outcome;
}

static enum outcome add_job(struct plan *plan, const struct entry *source, bool resume, const char *remote,
                            const char *local)
{
    struct job job = job_of(remote, local, plan->options.upload);
    job.typed = plan->options.upload ? SIZE_MAX : typed_bytes(plan);
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
        return no_memory(plan);
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

static enum outcome plan_file(struct plan *plan, const struct entry *source, const struct entry *target,
                              const char *from, const char *to)
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
        problem(plan, OUTCOME_NO_CREATE, "%s: %s", to, obstacle(plan, target));
        return OUTCOME_OK;
    }
    return add_job(plan, &refined, plan->options.resume && target, remote, local);
}

/* ---- deletions ---- */

/* Plans to delete a path and all below it, the deepest first.  What the patterns exclude stays, and the directories
 * above it: *kept. */
static enum outcome plan_deletion(struct plan *plan, const char *path, const struct entry *entry,
                                  unsigned depth, bool *kept);

static enum outcome plan_deletions_inside(struct plan *plan, const char *path, const struct listing *inside,
                                          unsigned depth, bool *kept)
{
    char inner[TARGET_PATH_SIZE];
    enum outcome outcome = OUTCOME_OK;
    for (size_t i = 0; outcome == OUTCOME_OK && i < inside->count; i++) {
        const struct entry *one = &inside->entries[i];
        if (name_is_safe(one->name, one->name_bytes) && remote_join(path, one->name, inner, sizeof inner))
            outcome = plan_deletion(plan, inner, one, depth + 1, kept);
        else
            *kept = true;
    }
    return outcome;
}

static enum outcome plan_deletion(struct plan *plan, const char *path, const struct entry *entry,
                                  unsigned depth, bool *kept)
{
    bool kept_inside = false;
    if (!plan_wants(&plan->options, entry, below_root(path, plan->target_bytes))) {
        *kept = true;
        return OUTCOME_OK;
    }
    if (depth > PLAN_DEPTH_MAX)
        return failure_set(&plan->session->failure, OUTCOME_PROTOCOL, "%s: directories nested too deeply",
                           path);
    if (entry->type == ENTRY_DIRECTORY) {
        struct listing inside = { 0 };
        enum outcome outcome = list_side(plan, path, plan->options.upload, &inside);
        const size_t held = inside.bytes;
        plan->targets += inside.count;
        if (outcome == OUTCOME_OK)
            outcome = hold(plan, path, held);
        if (outcome == OUTCOME_OK)
            outcome = plan_deletions_inside(plan, path, &inside, depth, &kept_inside);
        plan->held_bytes -= outcome == OUTCOME_OK ? held : 0;
        listing_free(&inside);
        if (outcome != OUTCOME_OK)
            return outcome;
    }
    *kept = *kept || kept_inside;
    return kept_inside ? OUTCOME_OK : add_path(plan, &plan->deletions, path, entry);
}

/* Plans to delete what only the target has. */
static enum outcome plan_extras(struct plan *plan, const struct listing *sources,
                                const struct listing *targets, const char *to)
{
    enum outcome outcome = OUTCOME_OK;
    char path[TARGET_PATH_SIZE];
    for (size_t i = 0; outcome == OUTCOME_OK && i < targets->count; i++) {
        const struct entry *entry = &targets->entries[i];
        bool kept = false;
        if (listing_find(sources, entry->name) || !name_is_safe(entry->name, entry->name_bytes) ||
            !remote_join(to, entry->name, path, sizeof path))
            continue;
        outcome = plan_deletion(plan, path, entry, 0, &kept);
        if (outcome == OUTCOME_OK || !is_local_problem(plan, outcome))
            continue;
        problem(plan, outcome, "%s: %s", path, plan->session->failure.text);
        outcome = OUTCOME_OK;
    }
    return outcome;
}

/* ---- directories ---- */

struct place {
    const char *from, *to;
    bool exists; /* to */
    bool sure;   /* all listings above are complete */
    unsigned depth;
};

static enum outcome plan_directory(struct plan *plan, const struct place *place);

/* A directory of the source, below place.  What is in its way at the target costs only this directory. */
static enum outcome plan_subdirectory(struct plan *plan, const struct place *place,
                                      const struct entry *target)
{
    const bool link = target && (target->link || target->type == ENTRY_LINK);
    if (target && target->type != ENTRY_DIRECTORY && !(link && plan->options.overwrite_links)) {
        problem(plan, OUTCOME_NO_CREATE, "%s: %s", place->to,
                link ? "is a symbolic link (use --overwrite-links)" : "is not a directory");
        return OUTCOME_OK;
    }
    const enum outcome outcome = plan_directory(plan, place);
    if (outcome == OUTCOME_OK || !is_local_problem(plan, outcome))
        return outcome;
    problem(plan, outcome, "%s: %s", place->from, plan->session->failure.text);
    return OUTCOME_OK;
}

static enum outcome plan_entry(struct plan *plan, const struct entry *source, const struct listing *targets,
                               const struct place *place)
{
    const struct entry *target = listing_find(targets, source->name);
    char from[TARGET_PATH_SIZE], to[TARGET_PATH_SIZE];
    if (!name_is_safe(source->name, source->name_bytes)) {
        skip(plan, "unsafe name", source->name);
        problem(plan, OUTCOME_PROTOCOL, "skipped unsafe names from the server");
        return OUTCOME_OK;
    }
    if (!remote_join(place->from, source->name, from, sizeof from) ||
        !remote_join(place->to, source->name, to, sizeof to)) {
        problem(plan, OUTCOME_REFUSED, "%s: path too long", source->name);
        return OUTCOME_OK;
    }
    if (!plan_wants(&plan->options, source, below_root(from, plan->source_bytes)))
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

static enum outcome plan_entries(struct plan *plan, const struct place *place, const struct listing *sources,
                                 const struct listing *targets)
{
    struct place inner = *place;
    enum outcome outcome = OUTCOME_OK;
    inner.sure = place->sure && !sources->doubtful;
    plan->targets += targets->count;
    if (!place->exists) {
        const struct entry directory = { .type = ENTRY_DIRECTORY };
        outcome = add_path(plan, &plan->directories, place->to, &directory);
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
        problem(plan, OUTCOME_PROTOCOL, "the listing of %s may be incomplete: nothing in it is deleted",
                place->from);
    return OUTCOME_OK;
}

static enum outcome plan_directory(struct plan *plan, const struct place *place)
{
    struct listing sources = { 0 }, targets = { 0 };
    const bool upload = plan->options.upload;
    if (place->depth > PLAN_DEPTH_MAX || ++plan->visited > PLAN_DIRECTORIES_MAX)
        return failure_set(&plan->session->failure, OUTCOME_PROTOCOL,
                           "%s: too many or too deeply nested directories", place->from);
    enum outcome outcome = list_side(plan, place->from, !upload, &sources);
    if (outcome == OUTCOME_OK && place->exists)
        outcome = list_side(plan, place->to, upload, &targets);
    if (outcome == OUTCOME_OK) {
        const size_t held = sources.bytes + targets.bytes;
        outcome = hold(plan, place->from, held);
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
