/* SPDX-License-Identifier: BSD-2-Clause */
/* verbs_transfer.c - get and put, of one file. */
#include "client/shell/shell.h"

#include "client/engine/local.h"
#include "client/engine/remote.h"
#include "client/secret.h"
#include "client/shell/files.h"
#include "common/path.h"
#include "common/text.h"

#include <string.h>
#include <sys/stat.h>

bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool may_replace(struct shell *shell, const char *path)
{
    struct stat status;
    char question[PATH_MAX + 64], shown[PATH_MAX];
    if (!shell->interactive || shell->replace_all || shell->settings.backup ||
        stat(path, &status) < 0 || !S_ISREG(status.st_mode))
        return true;
    text_escape(shown, sizeof shown, path, strlen(path));
    text_format(question, sizeof question, "Replace %s? (y)es, (n)o, (a)ll ", shown);
    report_clear(&shell->report);
    const char answer = terminal_choose(question);
    shell->replace_all = answer == 'a';
    return answer == 'y' || answer == 'a';
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

static enum outcome get(struct shell *shell, const struct tokens *tokens, bool resume)
{
    char path[PATH_MAX] = "";
    const char *given = tokens->count > 2 ? tokens->token[2].text : NULL;
    struct job job = job_of(tokens->token[1].text, path, false);
    const enum outcome outcome = local_target(shell, job.remote, given, path);
    job.resume = resume;
    report_begin(&shell->report, 1, -1);
    if (outcome != OUTCOME_OK)
        return outcome;
    if (!resume && !may_replace(shell, path))
        return shell_fail(shell, OUTCOME_NO_CREATE, "%s: not replaced", path);
    return shell_transfer(shell, &job);
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
    struct job job = job_of(path, local, true);
    job.resume = resume;
    job.append = append;
    if (strcmp(local, "-") == 0 && tokens->count < 3)
        return shell_fail(shell, OUTCOME_USAGE, "a remote name is needed for standard input");
    if (is_part_name(path_last(local)))
        return shell_fail(shell, OUTCOME_USAGE, "%s: a partial download is not uploaded", local);
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
