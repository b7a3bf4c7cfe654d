/* SPDX-License-Identifier: BSD-2-Clause */
/* verbs_directory.c - where the session is, on both sides. */
#include "client/shell/shell.h"

#include "client/engine/remote.h"
#include "common/text.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum outcome verb_cd(struct shell *shell, const struct tokens *tokens)
{
    const char *to = tokens->count > 1 ? tokens->token[1].text : shell->session.home;
    char before[TARGET_PATH_SIZE], wanted[TARGET_PATH_SIZE];
    enum outcome outcome;
    if (strcmp(to, "-") == 0)
        to = shell->previous[0] ? shell->previous : ".";
    text_copy(wanted, sizeof wanted, to);
    text_copy(before, sizeof before, shell->session.cwd);
    outcome = remote_cwd(&shell->session, wanted);
    if (outcome == OUTCOME_OK)
        text_copy(shell->previous, sizeof shell->previous, before);
    return outcome;
}

enum outcome verb_cdup(struct shell *shell, const struct tokens *tokens)
{
    char before[TARGET_PATH_SIZE];
    (void)tokens;
    text_copy(before, sizeof before, shell->session.cwd);
    const enum outcome outcome = remote_cwd(&shell->session, "..");
    if (outcome == OUTCOME_OK)
        text_copy(shell->previous, sizeof shell->previous, before);
    return outcome;
}

enum outcome verb_pwd(struct shell *shell, const struct tokens *tokens)
{
    const enum outcome outcome = remote_pwd(&shell->session);
    (void)tokens;
    if (outcome == OUTCOME_OK)
        report_text(&shell->report, "directory", shell->session.cwd);
    return outcome;
}

enum outcome verb_lcd(struct shell *shell, const struct tokens *tokens)
{
    const char *to = tokens->count > 1 ? tokens->token[1].text : getenv("HOME");
    char before[PATH_MAX];
    if (to && strcmp(to, "-") == 0)
        to = shell->previous_local[0] ? shell->previous_local : ".";
    if (!getcwd(before, sizeof before))
        before[0] = '\0';
    if (!to || chdir(to) < 0)
        return shell_fail(shell, OUTCOME_LOCAL, "%s: %s", to ? to : "HOME",
                          to ? strerror(errno) : "not set");
    (void)text_copy(shell->previous_local, sizeof shell->previous_local, before);
    return OUTCOME_OK;
}

enum outcome verb_lpwd(struct shell *shell, const struct tokens *tokens)
{
    char path[PATH_MAX];
    (void)tokens;
    if (!getcwd(path, sizeof path))
        return shell_fail(shell, OUTCOME_LOCAL, "%s", strerror(errno));
    report_text(&shell->report, "local-directory", path);
    return OUTCOME_OK;
}
