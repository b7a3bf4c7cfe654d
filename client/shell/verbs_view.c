/* SPDX-License-Identifier: BSD-2-Clause */
/* verbs_view.c - cat, zcat, page and edit. */
#include "client/shell/shell.h"

#include "client/engine/remote.h"
#include "client/shell/pipe.h"
#include "client/shell/program.h"
#include "common/path.h"
#include "common/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum outcome verb_cat(struct shell *shell, const struct tokens *tokens)
{
    enum outcome outcome = OUTCOME_OK;
    for (size_t i = 1; i < tokens->count && outcome == OUTCOME_OK; i++) {
        const struct job job = job_of(tokens->token[i].text, "-", false);
        outcome = shell_transfer(shell, &job);
    }
    return outcome;
}

/* "zcat FILE" is "cat FILE | zcat". */
enum outcome verb_zcat(struct shell *shell, const struct tokens *tokens)
{
    struct redirection redirection;
    enum outcome outcome = redirect(shell, &redirection, NULL, false, tokens->token[0].text);
    if (outcome != OUTCOME_OK)
        return outcome;
    outcome = verb_cat(shell, tokens);
    if (outcome == OUTCOME_LOCAL && output_is_unwanted(shell))
        outcome = OUTCOME_OK;
    return redirect_end(shell, &redirection, outcome);
}

/* Downloads into a file under a directory of our own; the caller removes both. */
static enum outcome fetch_aside(struct shell *shell, const char *remote, char directory[64],
                                char path[PATH_MAX])
{
    const char *name = path_last(remote), *tmp = getenv("TMPDIR");
    const struct job job = job_of(remote, path, false);
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
    return one->st_mtim.tv_sec == other->st_mtim.tv_sec &&
           one->st_mtim.tv_nsec == other->st_mtim.tv_nsec && one->st_size == other->st_size;
}

/* The same size and time, as far as the server tells them? */
static bool same_remote_state(const struct entry *one, const struct entry *other)
{
    return one->size == other->size && one->modified == other->modified;
}

/* Uploads an edited file, unless the one on the server has changed meanwhile. */
static enum outcome send_back(struct shell *shell, const char *remote, const char *path,
                              const struct entry *before)
{
    const struct job job = job_of(remote, path, true);
    struct entry now;
    enum outcome outcome = shell_ensure(shell);
    if (outcome == OUTCOME_OK)
        outcome = remote_stat(&shell->session, remote, &now);
    if (outcome == OUTCOME_OK && !same_remote_state(before, &now))
        return shell_fail(shell, OUTCOME_REFUSED, "%s has changed on the server; nothing uploaded",
                          remote);
    return outcome == OUTCOME_OK ? shell_transfer(shell, &job) : outcome;
}

/* Runs the editor.  *changed: the file is another one afterwards. */
static enum outcome run_editor(struct shell *shell, const char *path, bool *changed)
{
    const char *editor = getenv("EDITOR");
    struct stat before, after;
    const bool edited = stat(path, &before) == 0 && program_run(editor ? editor : "vi", path) == 0;
    *changed = stat(path, &after) == 0 && !same_file_state(&before, &after);
    return edited ? OUTCOME_OK
                  : shell_fail(shell, OUTCOME_LOCAL, "the editor failed; nothing uploaded");
}

enum outcome verb_edit(struct shell *shell, const struct tokens *tokens)
{
    const char *remote = tokens->token[1].text;
    char directory[64] = "", path[PATH_MAX];
    struct entry before;
    bool changed = false;
    enum outcome outcome = remote_stat(&shell->session, remote, &before);
    if (outcome == OUTCOME_OK)
        outcome = fetch_aside(shell, remote, directory, path);
    if (outcome == OUTCOME_OK)
        outcome = run_editor(shell, path, &changed);
    if (outcome == OUTCOME_OK && changed)
        outcome = send_back(shell, remote, path, &before);
    if (changed && outcome != OUTCOME_OK)
        report_note(&shell->report, "your changes are in %s", path);
    else
        remove_aside(directory, path);
    return outcome;
}
