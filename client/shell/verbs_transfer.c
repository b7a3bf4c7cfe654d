/* verbs_transfer.c - commands that move files. */
#include "client/shell/shell.h"

#include "client/shell/expand.h"
#include "client/shell/jobs.h"
#include "client/shell/program.h"
#include "client/engine/remote.h"
#include "common/path.h"
#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Where a download goes: the given name, the same name in a given directory, or here. */
static enum outcome local_target(struct shell *shell, const char *remote, const char *given,
                                 char path[PATH_MAX])
{
    const char *name = path_last(remote);
    if (given && !is_directory(given)) {
        if (!text_copy(path, PATH_MAX, given))
            return shell_fail(shell, OUTCOME_NO_CREATE, "%s: name too long", given);
        return OUTCOME_OK;
    }
    if (!name_is_safe(name, strlen(name)))
        return shell_fail(shell, OUTCOME_USAGE, "%s: a local name is needed", remote);
    if (!remote_join(given ? given : "", name, path, PATH_MAX))
        return shell_fail(shell, OUTCOME_NO_CREATE, "%s: name too long", name);
    return OUTCOME_OK;
}

static enum outcome get(struct shell *shell, const struct tokens *tokens, bool resume)
{
    char path[PATH_MAX];
    const char *given = tokens->count > 2 ? tokens->token[2].text : NULL;
    struct job job = {
        .resume = resume, .remote = tokens->token[1].text, .local = path, .total = -1, .modified = INT64_MIN
    };
    const enum outcome outcome = local_target(shell, job.remote, given, path);
    report_begin(&shell->report, 1, -1);
    return outcome == OUTCOME_OK ? shell_transfer(shell, &job) : outcome;
}

enum outcome verb_get(struct shell *shell, const struct tokens *tokens)
{
    return get(shell, tokens, false);
}

enum outcome verb_reget(struct shell *shell, const struct tokens *tokens)
{
    return get(shell, tokens, true);
}

static enum outcome put(struct shell *shell, const struct tokens *tokens, bool resume, bool append)
{
    char path[TARGET_PATH_SIZE];
    const char *local = tokens->token[1].text,
               *remote = tokens->count > 2 ? tokens->token[2].text : path_last(local);
    const size_t n = strlen(remote);
    struct job job = { .upload = true,
                       .resume = resume,
                       .append = append,
                       .local = local,
                       .remote = path,
                       .total = -1,
                       .modified = INT64_MIN };
    if (strcmp(local, "-") == 0 && tokens->count < 3)
        return shell_fail(shell, OUTCOME_USAGE, "a remote name is needed for standard input");
    if (n > 0 && remote[n - 1] == '/') {
        if (!remote_join(remote, path_last(local), path, sizeof path))
            return shell_fail(shell, OUTCOME_REFUSED, "%s: path too long", remote);
    } else if (!text_copy(path, sizeof path, remote)) {
        return shell_fail(shell, OUTCOME_REFUSED, "%s: path too long", remote);
    }
    report_begin(&shell->report, 1, -1);
    return shell_transfer(shell, &job);
}

enum outcome verb_put(struct shell *shell, const struct tokens *tokens)
{
    return put(shell, tokens, false, false);
}

enum outcome verb_reput(struct shell *shell, const struct tokens *tokens)
{
    return put(shell, tokens, true, false);
}

enum outcome verb_append(struct shell *shell, const struct tokens *tokens)
{
    return put(shell, tokens, false, true);
}

static enum outcome add_download(struct shell *shell, struct jobs *jobs, const struct entry *entry)
{
    char path[PATH_MAX];
    struct job job = { .remote = entry->name,
                       .local = path,
                       .total = entry->size,
                       .modified = entry->time_exact ? entry->modified : INT64_MIN };
    const enum outcome outcome = local_target(shell, entry->name, NULL, path);
    return outcome == OUTCOME_OK ? jobs_add(shell, jobs, &job) : outcome;
}

static enum outcome add_upload(struct shell *shell, struct jobs *jobs, const struct entry *entry)
{
    struct job job = { .upload = true,
                       .local = entry->name,
                       .remote = path_last(entry->name),
                       .total = -1,
                       .modified = INT64_MIN };
    return is_directory(entry->name) ? OUTCOME_OK : jobs_add(shell, jobs, &job);
}

static enum outcome many(struct shell *shell, const struct tokens *tokens, bool upload)
{
    struct jobs jobs = { 0 };
    enum outcome outcome = OUTCOME_OK;
    for (size_t i = 1; i < tokens->count && outcome == OUTCOME_OK; i++) {
        struct listing found = { 0 };
        outcome = (upload ? expand_local : expand_remote)(shell, &tokens->token[i], &found);
        for (size_t j = 0; outcome == OUTCOME_OK && j < found.count; j++) {
            const struct entry *entry = &found.entries[j];
            if (entry->type == ENTRY_FILE || (entry->type == ENTRY_OTHER && !tokens->token[i].globs) ||
                entry->type == ENTRY_LINK || upload)
                outcome = (upload ? add_upload : add_download)(shell, &jobs, entry);
        }
        listing_free(&found);
    }
    if (outcome == OUTCOME_OK)
        outcome = jobs_run(shell, &jobs, shell->parallel);
    jobs_free(&jobs);
    return outcome;
}

enum outcome verb_mget(struct shell *shell, const struct tokens *tokens)
{
    return many(shell, tokens, false);
}

enum outcome verb_mput(struct shell *shell, const struct tokens *tokens)
{
    return many(shell, tokens, true);
}

enum outcome verb_cat(struct shell *shell, const struct tokens *tokens)
{
    enum outcome outcome = OUTCOME_OK;
    for (size_t i = 1; i < tokens->count && outcome == OUTCOME_OK; i++) {
        struct job job = {
            .remote = tokens->token[i].text, .local = "-", .total = -1, .modified = INT64_MIN
        };
        outcome = shell_transfer(shell, &job);
    }
    return outcome;
}

/* Downloads into a file under a directory of our own; the caller removes both. */
static enum outcome fetch_aside(struct shell *shell, const char *remote, char directory[64],
                                char path[PATH_MAX])
{
    const char *name = path_last(remote), *tmp = getenv("TMPDIR");
    struct job job = { .remote = remote, .local = path, .total = -1, .modified = INT64_MIN };
    directory[0] = '\0';
    if (!text_format(directory, 64, "%s/wardftp-XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp") ||
        !mkdtemp(directory)) {
        directory[0] = '\0';
        return shell_fail(shell, OUTCOME_NO_CREATE, "cannot create a temporary directory: %s",
                          strerror(errno));
    }
    if (!name_is_safe(name, strlen(name)))
        name = "file";
    text_format(path, PATH_MAX, "%s/%s", directory, name);
    return shell_transfer(shell, &job);
}

static void remove_aside(const char *directory, const char *path)
{
    if (!directory[0])
        return;
    (void)unlink(path);
    (void)rmdir(directory);
}

enum outcome verb_page(struct shell *shell, const struct tokens *tokens)
{
    const char *pager = getenv("PAGER");
    char directory[64], path[PATH_MAX];
    enum outcome outcome = fetch_aside(shell, tokens->token[1].text, directory, path);
    if (outcome == OUTCOME_OK && program_run(pager ? pager : "less", path) != 0)
        outcome = shell_fail(shell, OUTCOME_LOCAL, "the pager failed");
    remove_aside(directory, path);
    return outcome;
}

static bool same_file_state(const struct stat *one, const struct stat *other)
{
    return one->st_mtim.tv_sec == other->st_mtim.tv_sec && one->st_mtim.tv_nsec == other->st_mtim.tv_nsec &&
           one->st_size == other->st_size;
}

enum outcome verb_edit(struct shell *shell, const struct tokens *tokens)
{
    const char *editor = getenv("EDITOR");
    char directory[64], path[PATH_MAX];
    struct stat before, after;
    struct job job = {
        .upload = true, .remote = tokens->token[1].text, .local = path, .total = -1, .modified = INT64_MIN
    };
    bool changed = false, edited = false;
    enum outcome outcome = fetch_aside(shell, tokens->token[1].text, directory, path);
    if (outcome == OUTCOME_OK) {
        edited = stat(path, &before) == 0 && program_run(editor ? editor : "vi", path) == 0;
        changed = stat(path, &after) == 0 && !same_file_state(&before, &after);
        if (!edited)
            outcome = shell_fail(shell, OUTCOME_LOCAL, "the editor failed; nothing uploaded");
    }
    if (edited && changed)
        outcome = shell_transfer(shell, &job);
    if (changed && outcome != OUTCOME_OK)
        report_note(&shell->report, "your changes are in %s", path);
    else
        remove_aside(directory, path);
    return outcome;
}
