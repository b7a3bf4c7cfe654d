/* SPDX-License-Identifier: BSD-2-Clause */
/* transfers.c - what get, put, mget and mput share: questions, and running many transfers. */
#include "client/shell/files.h"

#include "client/engine/jobs.h"
#include "client/secret.h"
#include "client/shell/queue.h"
#include "common/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static char ask(struct shell *shell, const char *before, const char *name, const char *answers)
{
    char question[PATH_MAX + 80], shown[PATH_MAX];
    text_escape(shown, sizeof shown, name, strlen(name));
    text_format(question, sizeof question, "%s %s? %s ", before, shown, answers);
    report_clear(&shell->report);
    return terminal_choose(question);
}

bool may_replace(struct shell *shell, const char *path)
{
    struct stat status;
    if (!shell->interactive || shell->replace_all || shell->settings.backup ||
        stat(path, &status) < 0 || !S_ISREG(status.st_mode))
        return true;
    const char answer = ask(shell, "Replace", path, "(y)es, (n)o, (a)ll");
    shell->replace_all = answer == 'a';
    return answer == 'y' || answer == 'a';
}

char ask_file(struct shell *shell, const char *what, const char *name)
{
    if (!shell->interactive || !shell->prompt || shell->prompt_all)
        return 'y';
    const char answer = ask(shell, what, name, "(y)es, (n)o, (a)ll, (q)uit");
    shell->prompt_all = answer == 'a';
    if (answer == 'a' || answer == 'y')
        return 'y';
    return answer == 'q' ? 'q' : 'n';
}

struct route {
    const char *source, *target;
};

static int by_target(const void *a, const void *b)
{
    return strcmp(((const struct route *)a)->target, ((const struct route *)b)->target);
}

enum outcome transfers_check(struct shell *shell, const struct jobs *jobs, bool upload)
{
    struct route *routes = calloc(jobs->count + 1, sizeof *routes);
    enum outcome outcome = OUTCOME_OK;
    if (!routes)
        return shell_fail(shell, OUTCOME_LOCAL, "out of memory");
    for (size_t i = 0; i < jobs->count; i++) {
        const struct job *job = &jobs->job[i];
        routes[i] = upload ? (struct route){ .source = job->local, .target = job->remote }
                           : (struct route){ .source = job->remote, .target = job->local };
    }
    qsort(routes, jobs->count, sizeof *routes, by_target);
    for (size_t i = 1; i < jobs->count && outcome == OUTCOME_OK; i++) {
        if (strcmp(routes[i].target, "-") != 0 &&
            strcmp(routes[i - 1].target, routes[i].target) == 0)
            outcome = shell_fail(shell, OUTCOME_USAGE, "%s and %s have the same target %s",
                                 routes[i - 1].source, routes[i].source, routes[i].target);
    }
    free(routes);
    return outcome;
}

static enum outcome remove_source(struct shell *shell, const struct job *job)
{
    if (!job->upload)
        return shell_ask(shell, "DELE", job->remote);
    if (unlink(job->local) < 0)
        return shell_fail(shell, OUTCOME_LOCAL, "%s: %s", job->local, strerror(errno));
    return OUTCOME_OK;
}

static enum outcome move_all(struct shell *shell, const struct jobs *jobs)
{
    enum outcome outcome = OUTCOME_OK;
    report_begin(&shell->report, (unsigned)jobs->count, jobs->total_bytes);
    for (size_t i = 0; outcome == OUTCOME_OK && i < jobs->count; i++) {
        outcome = shell_transfer(shell, &jobs->job[i]);
        if (outcome == OUTCOME_OK)
            outcome = remove_source(shell, &jobs->job[i]);
    }
    report_end(&shell->report);
    return outcome;
}

enum outcome transfers_run(struct shell *shell, struct jobs *jobs, bool remove_sources)
{
    if (remove_sources && shell->queueing)
        return shell_fail(shell, OUTCOME_USAGE, "-E cannot be queued");
    if (remove_sources)
        return move_all(shell, jobs);
    return queue_run(shell, jobs, shell->piped ? 1 : shell->parallel);
}
