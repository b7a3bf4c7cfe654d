/* SPDX-License-Identifier: BSD-2-Clause */
/* mirror.c - the command mirror: its options, its plan shown and carried out. */
#include "client/shell/mirror.h"

#include "client/engine/local.h"
#include "client/engine/remote.h"
#include "client/secret.h"
#include "common/path.h"
#include "common/text.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void note(void *context, const char *text)
{
    struct shell *shell = context;
    report_note(&shell->report, "%s", text);
}

/* ---- deletions ---- */

static size_t deletions_allowed(const struct mirror *mirror)
{
    if (!mirror->options.has_max_delete)
        return SIZE_MAX;
    if (!mirror->options.max_delete_percent)
        return mirror->options.max_delete;
    return mirror->plan.targets * mirror->options.max_delete / 100;
}

/* Shows what will be deleted, and stops where it is more than --max-delete. */
static enum outcome check_deletions(struct mirror *mirror)
{
    const struct listing *deletions = &mirror->plan.deletions;
    const size_t allowed = deletions_allowed(mirror);
    size_t directories = 0;
    for (size_t i = 0; i < deletions->count; i++)
        directories += deletions->entries[i].type == ENTRY_DIRECTORY;
    if (deletions->count > allowed)
        return shell_fail(mirror->shell, OUTCOME_USAGE,
                          "nothing deleted: %zu deletions are more than --max-delete allows (%zu)",
                          deletions->count, allowed);
    if (deletions->count > 0 && mirror->shell->report.progress && !mirror->options.dry_run)
        report_note(&mirror->shell->report,
                    "plan: files to copy: %zu; in %s to delete: files %zu, directories %zu",
                    mirror->plan.jobs.count, mirror->to, deletions->count - directories,
                    directories);
    return OUTCOME_OK;
}

static enum outcome delete_one(struct mirror *mirror, const struct entry *entry)
{
    struct shell *shell = mirror->shell;
    const bool directory = entry->type == ENTRY_DIRECTORY;
    report_plan(&shell->report, "delete", entry->name, mirror->options.dry_run);
    if (mirror->options.dry_run)
        return OUTCOME_OK;
    if (mirror->plan.options.upload)
        return shell_ask(shell, directory ? "RMD" : "DELE", entry->name);
    const int result = local_remove(entry->name, mirror->plan.target_bytes, directory);
    return result == 0 ? OUTCOME_OK
                       : shell_fail(shell, OUTCOME_LOCAL, "%s: %s", entry->name, strerror(-result));
}

static enum outcome delete_all(struct mirror *mirror)
{
    const struct listing *deletions = &mirror->plan.deletions;
    enum outcome outcome = check_deletions(mirror);
    if (outcome == OUTCOME_OK && deletions->count > 0 && !mirror->options.dry_run)
        outcome = shell_ensure(mirror->shell);
    for (size_t i = 0; outcome == OUTCOME_OK && i < deletions->count; i++)
        outcome = delete_one(mirror, &deletions->entries[i]);
    return outcome;
}

/* ---- carrying out ---- */

static enum outcome make_directory(struct mirror *mirror, const char *path)
{
    struct shell *shell = mirror->shell;
    report_plan(&shell->report, "make", path, mirror->options.dry_run);
    if (mirror->options.dry_run)
        return OUTCOME_OK;
    if (mirror->plan.options.upload)
        return shell_ask(shell, "MKD", path);
    const int result =
        local_make_directory(path, mirror->plan.target_bytes, mirror->plan.options.overwrite_links);
    return result == 0 ? OUTCOME_OK
                       : shell_fail(shell, OUTCOME_NO_CREATE, "%s: %s", path, strerror(-result));
}

/* Of the target itself; those that exist refuse. */
static void make_parents(struct mirror *mirror)
{
    char part[TARGET_PATH_SIZE];
    if (mirror->exists || mirror->options.dry_run || !text_copy(part, sizeof part, mirror->to))
        return;
    for (char *slash = part[0] ? strchr(part + 1, '/') : NULL; slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mirror->plan.options.upload)
            (void)session_command(&mirror->shell->session, "MKD %s", part);
        else
            (void)mkdir(part, 0777);
        *slash = '/';
    }
}

static enum outcome copy_all(struct mirror *mirror)
{
    const struct plan *plan = &mirror->plan;
    enum outcome outcome = OUTCOME_OK;
    make_parents(mirror);
    for (size_t i = 0; outcome == OUTCOME_OK && i < plan->directories.count; i++)
        outcome = make_directory(mirror, plan->directories.entries[i].name);
    for (size_t i = 0; mirror->options.dry_run && i < plan->jobs.count; i++)
        report_plan(&mirror->shell->report, "copy",
                    plan->options.upload ? plan->jobs.job[i].local : plan->jobs.job[i].remote,
                    true);
    if (outcome == OUTCOME_OK && !mirror->options.dry_run)
        outcome = queue_run(mirror->shell, &plan->jobs, mirror->options.parallel);
    return outcome;
}

/* What could not be planned is a failure, too, but does not keep the rest from being done. */
static enum outcome carry_out(struct mirror *mirror)
{
    enum outcome outcome = copy_all(mirror);
    if (outcome == OUTCOME_OK)
        outcome = delete_all(mirror);
    if (mirror->plan.first.outcome == OUTCOME_OK)
        return outcome;
    if (outcome == OUTCOME_OK)
        mirror->shell->session.failure = mirror->plan.first;
    else
        report_failure(&mirror->shell->report, &mirror->plan.first);
    return mirror->shell->session.failure.outcome;
}

/* ---- the target ---- */

/* Does the target exist, and is it a precious directory: the root, the home, or where
 * the session or this program started? */
static enum outcome look_at_remote_target(struct mirror *mirror, bool *precious)
{
    struct session *session = &mirror->shell->session;
    char start[TARGET_PATH_SIZE];
    const enum outcome outcome = session_command(session, "CWD %s", mirror->to);
    mirror->exists = outcome == OUTCOME_OK && session->reply.code / 100 == 2;
    if (!mirror->exists)
        return outcome;
    text_copy(start, sizeof start, session->cwd);
    if (remote_pwd(session) == OUTCOME_OK)
        *precious = strcmp(session->cwd, "/") == 0 || strcmp(session->cwd, session->home) == 0;
    text_copy(session->cwd, sizeof session->cwd, start);
    return session->open ? remote_go_back(session) : session->failure.outcome;
}

static bool is_same_directory(const char *path, const struct stat *status)
{
    struct stat other;
    return path && path[0] && stat(path, &other) == 0 && other.st_ino == status->st_ino &&
           other.st_dev == status->st_dev;
}

static void look_at_local_target(struct mirror *mirror, bool *precious)
{
    struct stat status;
    mirror->exists = stat(mirror->to, &status) == 0 && S_ISDIR(status.st_mode);
    *precious = mirror->exists &&
                (is_same_directory("/", &status) || is_same_directory(getenv("HOME"), &status) ||
                 is_same_directory(mirror->shell->start_directory, &status));
}

static enum outcome look_at_target(struct mirror *mirror)
{
    bool precious = false;
    char question[TARGET_PATH_SIZE + 100];
    enum outcome outcome = OUTCOME_OK;
    if (mirror->plan.options.upload)
        outcome = look_at_remote_target(mirror, &precious);
    else
        look_at_local_target(mirror, &precious);
    if (outcome != OUTCOME_OK || !precious || !mirror->plan.options.delete_extra ||
        mirror->options.force || mirror->options.dry_run)
        return outcome;
    text_format(question, sizeof question, "Delete from %s all that is not in %s? (yes/no) ",
                mirror->to, mirror->from);
    if (mirror->shell->interactive && terminal_confirm(question))
        return OUTCOME_OK;
    return shell_fail(mirror->shell, OUTCOME_USAGE,
                      "%s is the root, home or start directory: deleting there needs --force",
                      mirror->to);
}

/* The last component of the source; false: it has none to name a directory by. */
static bool default_target(const char *from, char to[TARGET_PATH_SIZE])
{
    size_t n = strlen(from);
    while (n > 0 && from[n - 1] == '/')
        n--;
    if (!text_format(to, TARGET_PATH_SIZE, "%.*s", (int)n, from))
        return false;
    memmove(to, path_last(to), strlen(path_last(to)) + 1);
    return name_is_safe(to, strlen(to)) && strcmp(to, "~") != 0;
}

enum outcome verb_mirror(struct shell *shell, const struct tokens *tokens)
{
    struct mirror mirror = { .shell = shell,
                             .options = { .parallel = shell->parallel },
                             .plan = {
                                 .session = &shell->session, .note = note, .context = shell } };
    size_t first = 0;
    enum outcome outcome = mirror_options_take(&mirror, tokens, &first);
    if (outcome == OUTCOME_OK && shell->queueing && mirror.plan.options.delete_extra)
        outcome = shell_fail(shell, OUTCOME_USAGE, "mirror -e cannot be queued");
    if (outcome != OUTCOME_OK)
        return outcome;
    mirror.from = tokens->token[first].text;
    if (tokens->count - first == 2)
        outcome = text_copy(mirror.to, sizeof mirror.to, tokens->token[first + 1].text)
                      ? OUTCOME_OK
                      : shell_fail(shell, OUTCOME_USAGE, "path too long");
    else if (!default_target(mirror.from, mirror.to))
        outcome = shell_fail(shell, OUTCOME_USAGE, "mirror %s: a TARGET is needed", mirror.from);
    if (outcome == OUTCOME_OK)
        outcome = look_at_target(&mirror);
    if (outcome == OUTCOME_OK)
        outcome = plan_make(&mirror.plan, mirror.from, mirror.to, mirror.exists);
    if (outcome == OUTCOME_OK)
        outcome = carry_out(&mirror);
    plan_free(&mirror.plan);
    return outcome;
}
