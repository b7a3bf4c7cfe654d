/* SPDX-License-Identifier: BSD-2-Clause */
/* worker_transfers.c - one file, one way, and what to do where its target exists. */
#include "client/engine/worker.h"

#include "client/engine/local.h"
#include "client/engine/remote.h"
#include "common/path.h"
#include "common/text.h"

#include <errno.h>
#include <string.h>

enum { NAMES_MAX = 1000 };

/* Source and target of a transfer whose target exists. */
struct both {
    struct entry source, target;
};

static struct job job_of_order(const struct worker *worker)
{
    const struct message_order *order = &worker->order;
    const bool upload = order->op == ENGINE_PUT;
    struct job job =
        job_of(worker_text(worker, upload ? 1 : 0), worker_text(worker, upload ? 0 : 1), upload);
    job.append = order->flags & ORDER_APPEND;
    job.resume = order->flags & ORDER_RESUME;
    job.resume_part = order->flags & ORDER_RESUME_PART;
    job.overwrite_links = order->flags & ORDER_OVERWRITE_LINKS;
    job.time_exact = order->flags & ORDER_TIME_EXACT;
    job.typed = order->typed < 0 ? SIZE_MAX : (size_t)order->typed;
    job.total = order->total;
    job.modified = order->modified;
    return job;
}

/* ---- does the target exist? ---- */

static enum outcome stat_side(struct worker *worker, const struct job *job, bool remote,
                              struct entry *entry, bool *exists)
{
    if (remote) {
        const enum outcome outcome = remote_stat(worker->session, job->remote, entry);
        *exists = outcome == OUTCOME_OK;
        return outcome == OUTCOME_REFUSED ? OUTCOME_OK : outcome;
    }
    *exists = local_stat(job->local, job->typed, entry) == 0;
    return OUTCOME_OK;
}

static enum outcome look_at_both(struct worker *worker, const struct job *job, struct both *both,
                                 bool *exists)
{
    bool source_exists;
    enum outcome outcome = steady_ensure(&worker->steady);
    if (outcome == OUTCOME_OK)
        outcome = stat_side(worker, job, job->upload, &both->target, exists);
    if (outcome != OUTCOME_OK || !*exists)
        return outcome;
    return stat_side(worker, job, !job->upload, &both->source, &source_exists);
}

static enum outcome ask_exists(struct worker *worker, const struct both *both,
                               enum engine_exists *what)
{
    struct message_exists message = { .source_size = both->source.size,
                                      .source_modified = both->source.modified,
                                      .target_size = both->target.size,
                                      .target_modified = both->target.modified };
    worker_begin(worker, WORKER_EXISTS, &message, sizeof message);
    const int choice = worker_ask(worker);
    if (choice < 0)
        return failure_set(&worker->session->failure, OUTCOME_INTERRUPTED, "interrupted");
    *what = choice < ENGINE_EXISTS_ASK ? (enum engine_exists)choice : ENGINE_EXISTS_SKIP;
    return OUTCOME_OK;
}

/* ---- another name ---- */

/* "dir/name.txt" and 2 make "dir/name (2).txt". */
static bool other_name(const char *path, unsigned number, char to[TARGET_PATH_SIZE])
{
    const char *last = path_last(path);
    const char *dot = strrchr(last, '.');
    const char *end = dot && dot > last ? dot : last + strlen(last);
    return text_format(to, TARGET_PATH_SIZE, "%.*s (%u)%s", (int)(end - path), path, number, end);
}

static enum outcome rename_target(struct worker *worker, struct job *job, char to[TARGET_PATH_SIZE])
{
    const char *wanted = job->upload ? job->remote : job->local;
    for (unsigned number = 1; number < NAMES_MAX && other_name(wanted, number, to); number++) {
        struct job other = *job;
        struct entry entry;
        bool exists;
        *(job->upload ? &other.remote : &other.local) = to;
        const enum outcome outcome = stat_side(worker, &other, job->upload, &entry, &exists);
        if (outcome != OUTCOME_OK)
            return outcome;
        if (!exists) {
            *job = other;
            return OUTCOME_OK;
        }
    }
    return failure_set(&worker->session->failure, OUTCOME_NO_CREATE, "%s: no other name is free",
                       wanted);
}

/* ---- what follows ---- */

static bool is_newer(const struct both *both)
{
    return both->source.modified == INT64_MIN || both->target.modified == INT64_MIN ||
           both->source.modified > both->target.modified;
}

static bool differs_in_size(const struct both *both)
{
    return both->source.size < 0 || both->target.size < 0 || both->source.size != both->target.size;
}

/* *skip: the target stays.  other: room for another name. */
static enum outcome apply_exists(struct worker *worker, struct job *job,
                                 char other[TARGET_PATH_SIZE], bool *skip)
{
    struct both both = { .source = { .size = -1, .modified = INT64_MIN },
                         .target = { .size = -1, .modified = INT64_MIN } };
    enum engine_exists what = (enum engine_exists)worker->order.exists;
    bool exists = false;
    enum outcome outcome = look_at_both(worker, job, &both, &exists);
    *skip = false;
    if (outcome == OUTCOME_OK && exists && what == ENGINE_EXISTS_ASK)
        outcome = ask_exists(worker, &both, &what);
    if (outcome != OUTCOME_OK || !exists)
        return outcome;
    switch (what) {
    case ENGINE_EXISTS_SKIP:
    case ENGINE_EXISTS_ASK:
        *skip = true;
        break;
    case ENGINE_EXISTS_RESUME:
        job->resume = true;
        break;
    case ENGINE_EXISTS_NEWER:
        *skip = !is_newer(&both);
        break;
    case ENGINE_EXISTS_SIZE:
        *skip = !differs_in_size(&both);
        break;
    case ENGINE_EXISTS_RENAME:
        return rename_target(worker, job, other);
    case ENGINE_EXISTS_REPLACE:
        break;
    }
    return OUTCOME_OK;
}

/* An upload that was begun before is resumed only if the server proves what it has. */
static enum outcome check_proof(struct worker *worker, struct job *job)
{
    const unsigned proof = FEATURE_HASH | FEATURE_RANG;
    if (!job->upload || !job->resume_part)
        return OUTCOME_OK;
    const enum outcome outcome = steady_ensure(&worker->steady);
    job->resume_part = (worker->session->features & proof) == proof;
    return outcome;
}

enum outcome worker_transfer(struct worker *worker)
{
    struct job job = job_of_order(worker);
    struct transfer transfer;
    char other[TARGET_PATH_SIZE];
    bool skip = false;
    enum outcome outcome = OUTCOME_OK;
    if (worker->order.end > 0)
        return worker_range(worker);
    if (worker->order.exists != ENGINE_EXISTS_REPLACE && !job.append && !job.resume_part)
        outcome = apply_exists(worker, &job, other, &skip);
    else
        outcome = check_proof(worker, &job);
    worker->result.flags |= skip ? DONE_SKIPPED : 0;
    if (outcome != OUTCOME_OK || skip)
        return outcome;
    transfer_init(&transfer, &job);
    transfer.progress = worker_progress;
    transfer.context = worker;
    worker->sent_ms = 0;
    outcome = steady_transfer(&worker->steady, &job, &transfer, -1);
    worker->result.start = transfer.start;
    worker->result.done = transfer.done;
    worker->result.moved = transfer.moved;
    (void)text_format(worker->value, sizeof worker->value, "%s",
                      job.upload ? job.remote : job.local);
    return outcome;
}
