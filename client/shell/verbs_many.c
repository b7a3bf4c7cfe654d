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

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct many {
    struct shell *shell;
    bool upload, recursive, resume;
    bool makes_directories; /* -d: those of the source's name */
    bool leave;             /* no further file */
    const char *directory;  /* of -O, or NULL */
    struct jobs jobs;
};

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
            outcome = shell_ask(many->shell, "MKD", path);
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

/* Makes the directories of a path below `typed` bytes of it. */
static enum outcome make_parents(struct many *many, const char *path, size_t typed)
{
    char part[TARGET_PATH_SIZE];
    if (!text_copy(part, sizeof part, path))
        return shell_fail(many->shell, OUTCOME_USAGE, "%s: path too long", path);
    char *at = part + (typed < strlen(part) ? typed + (typed > 0) : strlen(part));
    for (char *slash = strchr(at, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (many->upload) { /* one that exists is refused, which is fine */
            const enum outcome outcome = session_command(&many->shell->session, "MKD %s", part);
            if (outcome != OUTCOME_OK)
                return outcome;
        } else {
            const int result = local_make_directory(part, typed, false);
            if (result < 0)
                return shell_fail(many->shell, OUTCOME_NO_CREATE, "%s: %s", part,
                                  strerror(-result));
        }
        *slash = '/';
    }
    return OUTCOME_OK;
}

static bool climbs(const char *name)
{
    for (const char *at = name; at; at = strchr(at, '/')) {
        at += *at == '/';
        if (strncmp(at, "..", 2) == 0 && (at[2] == '/' || at[2] == '\0'))
            return true;
    }
    return false;
}

/* The target's path: the last part of the name, or with -d all of it, below the directory of -O. */
static enum outcome target_of(struct many *many, const char *name, char *path, size_t room)
{
    const char *base = many->directory ? many->directory : "";
    const char *last = path_last(name);
    if (!name_is_safe(last, strlen(last)) || (many->makes_directories && climbs(name)))
        return shell_fail(many->shell, OUTCOME_USAGE, "%s: no name for the copy", name);
    if (many->makes_directories)
        last = name + strspn(name, "/");
    if (!remote_join(base, last, path, room))
        return shell_fail(many->shell, OUTCOME_USAGE, "%s: path too long", name);
    return many->makes_directories ? make_parents(many, path, strlen(base)) : OUTCOME_OK;
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
    char to[TARGET_PATH_SIZE];
    bool exists = false;
    enum outcome outcome = target_of(many, path, to, sizeof to);
    if (outcome != OUTCOME_OK)
        return outcome;
    if (many->upload)
        exists = session_command(&many->shell->session, "CWD %s", to) == OUTCOME_OK &&
                 many->shell->session.reply.code / 100 == 2;
    else
        exists = is_directory(to);
    if (exists && many->upload)
        outcome = remote_go_back(&many->shell->session);
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
    /* the rest of the name is the server's */
    job.typed = many->directory ? strlen(many->directory) : 0;
    job.total = entry->size;
    job.modified = entry->modified;
    job.time_exact = entry->time_exact;
    job.resume = many->resume;
    const enum outcome outcome = target_of(many, entry->name, path, sizeof path);
    if (outcome != OUTCOME_OK)
        return outcome;
    if (many->shell->settings.no_clobber && access(path, F_OK) == 0) {
        skipped(many, "exists", path);
        return OUTCOME_OK;
    }
    if (!many->resume && !may_replace(many->shell, path)) {
        skipped(many, "not replaced", path);
        return OUTCOME_OK;
    }
    return queue_add(many->shell, &many->jobs, &job);
}

static enum outcome add_upload(struct many *many, const struct entry *entry)
{
    char path[TARGET_PATH_SIZE] = "";
    struct job job = job_of(path, entry->name, true);
    struct stat status;
    if (is_part_name(path_last(entry->name))) {
        skipped(many, "partial download", entry->name);
        return OUTCOME_OK;
    }
    const enum outcome outcome = target_of(many, entry->name, path, sizeof path);
    if (outcome != OUTCOME_OK)
        return outcome;
    job.resume = many->resume;
    if (stat(entry->name, &status) == 0 && S_ISREG(status.st_mode))
        job.total = status.st_size;
    return queue_add(many->shell, &many->jobs, &job);
}

static enum outcome add_one(struct many *many, const struct entry *entry)
{
    const char answer = ask_file(many->shell, many->upload ? "put" : "get", entry->name);
    many->leave = answer == 'q';
    if (answer != 'y')
        return OUTCOME_OK;
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
    for (size_t j = 0; outcome == OUTCOME_OK && j < found.count && !many->leave; j++)
        outcome = add_one(many, &found.entries[j]);
    listing_free(&found);
    return outcome;
}

static enum outcome add_tokens(struct many *many, const struct tokens *tokens)
{
    enum outcome outcome = OUTCOME_OK;
    if (!many->upload)
        outcome = check_local_directory(many->shell, many->directory);
    for (size_t i = 1; i < tokens->count && outcome == OUTCOME_OK && !many->leave; i++)
        outcome = add_token(many, &tokens->token[i]);
    return outcome;
}

static enum outcome run(struct shell *shell, const struct tokens *tokens, bool upload)
{
    const bool *has = shell->flags->has, ascii = shell->settings.ascii;
    struct many many = { .shell = shell,
                         .upload = upload,
                         .recursive = has['r'],
                         .resume = has['c'] || strcmp(tokens->token[0].text, "mreget") == 0,
                         .makes_directories = has['d'],
                         .directory = shell->flags->value['O'] };
    shell->replace_all = shell->prompt_all = false;
    enum outcome outcome = add_tokens(&many, tokens);
    if (outcome == OUTCOME_OK)
        outcome = transfers_check(shell, &many.jobs, upload);
    shell->settings.ascii = ascii || has['a'];
    if (outcome == OUTCOME_OK)
        outcome = transfers_run(shell, &many.jobs, has['E']);
    shell->settings.ascii = ascii;
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
