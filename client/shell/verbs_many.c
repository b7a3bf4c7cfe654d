/* SPDX-License-Identifier: BSD-2-Clause */
/* verbs_many.c - mget and mput. */
#include "client/shell/shell.h"

#include "client/engine/local.h"
#include "client/engine/plan.h"
#include "client/engine/remote.h"
#include "client/shell/expand.h"
#include "client/shell/files.h"
#include "client/shell/queue.h"
#include "common/path.h"
#include "common/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct many {
    struct shell *shell;
    bool upload, recursive;
    struct jobs jobs;
};

struct route {
    const char *source, *target;
};

static int by_target(const void *a, const void *b)
{
    return strcmp(((const struct route *)a)->target, ((const struct route *)b)->target);
}

/* Two sources with one target would replace each other. */
static enum outcome check_targets(const struct many *many)
{
    const struct jobs *jobs = &many->jobs;
    struct route *routes = calloc(jobs->count + 1, sizeof *routes);
    enum outcome outcome = OUTCOME_OK;
    if (!routes)
        return shell_fail(many->shell, OUTCOME_LOCAL, "out of memory");
    for (size_t i = 0; i < jobs->count; i++) {
        const struct job *job = &jobs->job[i];
        routes[i] = many->upload ? (struct route){ .source = job->local, .target = job->remote }
                                 : (struct route){ .source = job->remote, .target = job->local };
    }
    qsort(routes, jobs->count, sizeof *routes, by_target);
    for (size_t i = 1; i < jobs->count && outcome == OUTCOME_OK; i++) {
        if (strcmp(routes[i - 1].target, routes[i].target) == 0)
            outcome = shell_fail(many->shell, OUTCOME_USAGE, "%s and %s have the same target %s",
                                 routes[i - 1].source, routes[i].source, routes[i].target);
    }
    free(routes);
    return outcome;
}

static void skipped(const struct many *many, const char *why, const char *name)
{
    report_note(&many->shell->report, "skipped, %s: %s", why, name);
}

static void note(void *context, const char *text)
{
    struct shell *shell = context;
    report_note(&shell->report, "%s", text);
}

static enum outcome make_directories(struct many *many, const struct plan *plan)
{
    enum outcome outcome = OUTCOME_OK;
    for (size_t i = 0; outcome == OUTCOME_OK && i < plan->directories.count; i++) {
        const char *path = plan->directories.entries[i].name;
        if (many->upload) {
            outcome = session_ask(&many->shell->session, "MKD %s", path);
            continue;
        }
        const int result = local_make_directory(path, 0, false);
        if (result < 0)
            outcome = shell_fail(many->shell, OUTCOME_NO_CREATE, "%s: %s", path, strerror(-result));
    }
    return outcome;
}

static enum outcome carry_over(struct many *many, const struct plan *plan)
{
    enum outcome outcome = make_directories(many, plan);
    for (size_t i = 0; outcome == OUTCOME_OK && i < plan->jobs.count; i++)
        outcome = queue_add(many->shell, &many->jobs, &plan->jobs.job[i]);
    if (outcome == OUTCOME_OK && plan->first.outcome != OUTCOME_OK) {
        many->shell->session.failure = plan->first;
        outcome = plan->first.outcome;
    }
    return outcome;
}

/* A directory below the current one of the other side, copied whole. */
static enum outcome add_directory(struct many *many, const char *path)
{
    struct plan plan = {
        .session = &many->shell->session,
        .options = { .upload = many->upload, .everything = true, .untyped = !many->upload },
        .note = note,
        .context = many->shell
    };
    const char *to = path_last(path);
    bool exists = false;
    if (!name_is_safe(to, strlen(to)))
        return shell_fail(many->shell, OUTCOME_USAGE, "%s: no name for the copy", path);
    if (many->upload)
        exists = session_command(&many->shell->session, "CWD %s", to) == OUTCOME_OK &&
                 many->shell->session.reply.code / 100 == 2;
    else
        exists = is_directory(to);
    enum outcome outcome =
        exists && many->upload ? remote_go_back(&many->shell->session) : OUTCOME_OK;
    if (outcome == OUTCOME_OK)
        outcome = plan_make(&plan, path, to, exists);
    if (outcome == OUTCOME_OK)
        outcome = carry_over(many, &plan);
    plan_free(&plan);
    return outcome;
}

static enum outcome add_download(struct many *many, const struct entry *entry)
{
    char path[PATH_MAX] = "";
    struct job job = job_of(entry->name, path, false);
    job.typed = 0; /* the name is the server's */
    job.total = entry->size;
    job.modified = entry->modified;
    job.time_exact = entry->time_exact;
    const enum outcome outcome = local_target(many->shell, entry->name, NULL, path);
    if (outcome != OUTCOME_OK)
        return outcome;
    if (many->shell->settings.no_clobber && access(path, F_OK) == 0) {
        skipped(many, "exists", path);
        return OUTCOME_OK;
    }
    if (!may_replace(many->shell, path)) {
        skipped(many, "not replaced", path);
        return OUTCOME_OK;
    }
    return queue_add(many->shell, &many->jobs, &job);
}

static enum outcome add_upload(struct many *many, const struct entry *entry)
{
    const struct job job = job_of(path_last(entry->name), entry->name, true);
    if (is_part_name(job.remote)) {
        skipped(many, "partial download", entry->name);
        return OUTCOME_OK;
    }
    return queue_add(many->shell, &many->jobs, &job);
}

static enum outcome add_one(struct many *many, const struct entry *entry)
{
    const bool directory =
        many->upload ? is_directory(entry->name) : entry->type == ENTRY_DIRECTORY;
    if (directory && many->recursive)
        return add_directory(many, entry->name);
    if (directory) {
        skipped(many, "is a directory (use -r)", entry->name);
        return OUTCOME_OK;
    }
    return many->upload ? add_upload(many, entry) : add_download(many, entry);
}

/* A name without a glob is not listed; with -r it may be a directory. */
static enum outcome find_type(struct many *many, const struct token *token, struct entry *entry)
{
    struct session *session = &many->shell->session;
    if (many->upload || token->globs || !many->recursive)
        return OUTCOME_OK;
    const enum outcome outcome = session_command(session, "CWD %s", token->text);
    if (outcome != OUTCOME_OK || session->reply.code / 100 != 2)
        return outcome;
    entry->type = ENTRY_DIRECTORY;
    return remote_go_back(session);
}

static enum outcome add_token(struct many *many, const struct token *token)
{
    struct listing found = { 0 };
    enum outcome outcome =
        (many->upload ? expand_local : expand_remote)(many->shell, token, &found);
    if (outcome == OUTCOME_OK && found.count == 1)
        outcome = find_type(many, token, &found.entries[0]);
    for (size_t j = 0; outcome == OUTCOME_OK && j < found.count; j++)
        outcome = add_one(many, &found.entries[j]);
    listing_free(&found);
    return outcome;
}

static enum outcome run(struct shell *shell, const struct tokens *tokens, bool upload)
{
    struct many many = { .shell = shell, .upload = upload };
    enum outcome outcome = OUTCOME_OK;
    shell->replace_all = false;
    many.recursive = strcmp(tokens->token[1].text, "-r") == 0;
    if (many.recursive && tokens->count == 2)
        return shell_fail(shell, OUTCOME_USAGE, "usage: %s [-r] GLOB...", tokens->token[0].text);
    for (size_t i = many.recursive ? 2 : 1; i < tokens->count && outcome == OUTCOME_OK; i++)
        outcome = add_token(&many, &tokens->token[i]);
    if (outcome == OUTCOME_OK)
        outcome = check_targets(&many);
    if (outcome == OUTCOME_OK)
        outcome = queue_run(shell, &many.jobs, shell->parallel);
    jobs_free(&many.jobs);
    return outcome;
}

enum outcome verb_mget(struct shell *shell, const struct tokens *tokens)
{
    return run(shell, tokens, false);
}

enum outcome verb_mput(struct shell *shell, const struct tokens *tokens)
{
    return run(shell, tokens, true);
}
