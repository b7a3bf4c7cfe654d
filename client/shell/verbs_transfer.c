/* SPDX-License-Identifier: BSD-2-Clause */
/* verbs_transfer.c - get and put, of one file or several that are named. */
#include "client/shell/shell.h"

#include "client/engine/local.h"
#include "client/engine/remote.h"
#include "client/engine/wardftp.h"
#include "client/shell/files.h"
#include "client/shell/queue.h"
#include "client/shell/segments.h"
#include "common/path.h"
#include "common/text.h"

#include <string.h>
#include <sys/stat.h>

enum outcome check_local_directory(struct shell *shell, const char *directory)
{
    if (!directory || is_directory(directory))
        return OUTCOME_OK;
    return shell_fail(shell, OUTCOME_NO_CREATE, "%s: no such directory", directory);
}

enum outcome local_target(struct shell *shell, const char *remote, const char *given,
                          char path[PATH_MAX])
{
    const char *name = path_last(remote);
    if (given && !is_directory(given)) {
        if (!text_copy(path, PATH_MAX, strcmp(given, "/dev/stdout") == 0 ? "-" : given))
            return shell_fail(shell, OUTCOME_NO_CREATE, "%s: name too long", given);
        return OUTCOME_OK;
    }
    if (!name_is_safe(name, strlen(name)))
        return shell_fail(shell, OUTCOME_USAGE, "%s: a local name is needed", remote);
    if (!remote_join(given ? given : "", name, path, PATH_MAX))
        return shell_fail(shell, OUTCOME_NO_CREATE, "%s: name too long", name);
    return OUTCOME_OK;
}

/* What one command of get or put moves. */
struct files {
    struct shell *shell;
    bool upload, resume, append;
    bool replaces;         /* without a question */
    const char *directory; /* of -O */
    struct jobs jobs;
};

/* A download; given: what was typed as its local name, or NULL. */
static enum outcome add_get(struct files *files, const char *remote, const char *given)
{
    struct shell *shell = files->shell;
    char path[PATH_MAX] = "", joined[PATH_MAX];
    struct job job = job_of(remote, path, false);
    if (!given && !files->directory && shell->piped)
        given = "-";
    if (given && files->directory && strcmp(given, "-") != 0) {
        if (!remote_join(files->directory, given, joined, sizeof joined))
            return shell_fail(shell, OUTCOME_NO_CREATE, "%s: name too long", given);
        given = joined;
    }
    const enum outcome outcome =
        local_target(shell, remote, given ? given : files->directory, path);
    if (outcome != OUTCOME_OK)
        return outcome;
    if (!files->resume && !files->replaces && !may_replace(shell, path))
        return shell_fail(shell, OUTCOME_NO_CREATE, "%s: not replaced", path);
    job.resume = files->resume;
    return queue_add(shell, &files->jobs, &job);
}

static enum outcome add_put(struct files *files, const char *local, const char *given)
{
    struct shell *shell = files->shell;
    char name[TARGET_PATH_SIZE], path[TARGET_PATH_SIZE] = "";
    const char *to = given ? given : path_last(local);
    const size_t n = strlen(to);
    struct job job = job_of(path, local, true);
    struct stat status;
    if (strcmp(local, "-") == 0 && !given)
        return shell_fail(shell, OUTCOME_USAGE, "a remote name is needed for standard input");
    if (is_part_name(path_last(local)))
        return shell_fail(shell, OUTCOME_USAGE, "%s: a partial download is not uploaded", local);
    const bool directory = n > 0 && to[n - 1] == '/';
    if (!(directory ? remote_join(to, path_last(local), name, sizeof name)
                    : text_copy(name, sizeof name, to)) ||
        !remote_join(files->directory ? files->directory : "", name, path, sizeof path))
        return shell_fail(shell, OUTCOME_REFUSED, "%s: path too long", to);
    job.resume = files->resume;
    job.append = files->append;
    if (strcmp(local, "-") != 0 && stat(local, &status) == 0 && S_ISREG(status.st_mode))
        job.total = status.st_size;
    return queue_add(shell, &files->jobs, &job);
}

static enum outcome add(struct files *files, const char *source, const char *given)
{
    return files->upload ? add_put(files, source, given) : add_get(files, source, given);
}

/* "A" and "A B" are names of the source and the target, unless an option or a third word shows that
 * it is a list of sources, each perhaps with "-o TARGET" behind it. */
static bool is_list(const struct shell *shell, const struct tokens *tokens)
{
    const char *letters = "caEOon";
    if (tokens->count != 3 || shell->two_words == WORDS_FILES)
        return true;
    for (; *letters; letters++)
        if (shell->flags->has[(unsigned char)*letters])
            return true;
    return false;
}

static enum outcome add_all(struct files *files, const struct tokens *tokens)
{
    enum outcome outcome = OUTCOME_OK;
    if (!is_list(files->shell, tokens))
        return add(files, tokens->token[1].text, tokens->token[2].text);
    for (size_t i = 1; i < tokens->count && outcome == OUTCOME_OK; i++) {
        const char *source = tokens->token[i].text, *given = NULL;
        if (tokens->token[i].option)
            return shell_fail(files->shell, OUTCOME_USAGE, "-o: a file must precede it");
        if (i + 2 < tokens->count && tokens->token[i + 1].option) {
            given = tokens->token[i + 2].text;
            i += 2;
        }
        outcome = add(files, source, given);
    }
    return outcome;
}

/* For the total on the terminal: what the transfers would ask for anyway. */
static enum outcome find_sizes(struct files *files)
{
    enum outcome outcome = OUTCOME_OK;
    for (size_t i = 0; i < files->jobs.count && outcome == OUTCOME_OK; i++) {
        struct job *job = &files->jobs.job[i];
        struct entry entry;
        if (job->total >= 0)
            continue;
        outcome = remote_stat(&files->shell->session, job->remote, &entry);
        if (outcome == OUTCOME_REFUSED)
            outcome = OUTCOME_OK; /* its transfer will say so */
        else if (outcome == OUTCOME_OK && entry.size >= 0) {
            job->total = entry.size;
            job->modified = entry.modified;
            job->time_exact = entry.time_exact;
            files->jobs.total_bytes += entry.size;
        }
    }
    return outcome;
}

/* Each file by several sessions. */
static enum outcome run_segments(struct files *files)
{
    struct shell *shell = files->shell;
    uint64_t count;
    enum outcome outcome = OUTCOME_OK;
    if (!number_parse(shell->flags->value['n'], 1, ENGINE_PARALLEL_MAX, &count))
        return shell_fail(shell, OUTCOME_USAGE, "-n: 1 to %d expected", ENGINE_PARALLEL_MAX);
    if (shell->flags->has['E'])
        return shell_fail(shell, OUTCOME_USAGE, "either -n or -E");
    report_begin(&shell->report, (unsigned)files->jobs.count, -1);
    for (size_t i = 0; i < files->jobs.count && outcome == OUTCOME_OK; i++) {
        outcome = shell_ensure(shell);
        if (outcome == OUTCOME_OK)
            outcome = segments_get(shell, &files->jobs.job[i], (unsigned)count);
    }
    report_end(&shell->report);
    return outcome;
}

static enum outcome run(struct files *files)
{
    struct shell *shell = files->shell;
    enum outcome outcome = OUTCOME_OK;
    if (shell->flags->has['n'])
        return run_segments(files);
    if (files->jobs.count == 1 && !shell->flags->has['E']) {
        report_begin(&shell->report, 1, -1);
        return shell_transfer(shell, &files->jobs.job[0]);
    }
    if (!files->upload && shell->report.progress && files->jobs.count > 1)
        outcome = find_sizes(files);
    return outcome == OUTCOME_OK ? transfers_run(shell, &files->jobs, shell->flags->has['E'])
                                 : outcome;
}

static enum outcome move(struct files *files, const struct tokens *tokens)
{
    struct shell *shell = files->shell;
    const bool ascii = shell->settings.ascii;
    enum outcome outcome = OUTCOME_OK;
    shell->replace_all = false;
    files->directory = shell->flags->value['O'];
    files->resume = files->resume || shell->flags->has['c'];
    if (!files->upload)
        outcome = check_local_directory(shell, files->directory);
    if (outcome == OUTCOME_OK)
        outcome = add_all(files, tokens);
    if (outcome == OUTCOME_OK)
        outcome = transfers_check(shell, &files->jobs, files->upload);
    shell->settings.ascii = ascii || shell->flags->has['a'];
    if (outcome == OUTCOME_OK)
        outcome = run(files);
    shell->settings.ascii = ascii;
    jobs_free(&files->jobs);
    return outcome;
}

enum outcome verb_get(struct shell *shell, const struct tokens *tokens)
{
    return move(&(struct files){ .shell = shell }, tokens);
}

/* get -n 5, as lftp has it. */
enum outcome verb_pget(struct shell *shell, const struct tokens *tokens)
{
    const struct flags *given = shell->flags;
    struct flags flags = *given;
    if (!flags.has['n'])
        flags.value['n'] = "5";
    flags.has['n'] = true;
    shell->flags = &flags;
    const enum outcome outcome = verb_get(shell, tokens);
    shell->flags = given;
    return outcome;
}

enum outcome verb_reget(struct shell *shell, const struct tokens *tokens)
{
    return move(&(struct files){ .shell = shell, .resume = true }, tokens);
}

enum outcome verb_put(struct shell *shell, const struct tokens *tokens)
{
    return move(&(struct files){ .shell = shell, .upload = true }, tokens);
}

enum outcome verb_reput(struct shell *shell, const struct tokens *tokens)
{
    return move(&(struct files){ .shell = shell, .upload = true, .resume = true }, tokens);
}

enum outcome verb_append(struct shell *shell, const struct tokens *tokens)
{
    return move(&(struct files){ .shell = shell, .upload = true, .append = true }, tokens);
}

enum outcome verb_newer(struct shell *shell, const struct tokens *tokens)
{
    const char *remote = tokens->token[1].text;
    char path[PATH_MAX];
    struct entry entry;
    struct stat status;
    enum outcome outcome =
        local_target(shell, remote, tokens->count > 2 ? tokens->token[2].text : NULL, path);
    if (outcome == OUTCOME_OK)
        outcome = remote_stat(&shell->session, remote, &entry);
    if (outcome != OUTCOME_OK)
        return outcome;
    if (entry.modified == INT64_MIN)
        return shell_fail(shell, OUTCOME_REFUSED, "%s: the server does not tell its time", remote);
    if (stat(path, &status) == 0 && status.st_mtime >= entry.modified) {
        report_note(&shell->report, "%s: not newer than %s", remote, path);
        return OUTCOME_OK;
    }
    return move(&(struct files){ .shell = shell, .replaces = true }, tokens);
}
