/* SPDX-License-Identifier: BSD-2-Clause */
/* verbs_jobs.c - jobs, fg and kill. */
#include "client/shell/background.h"

#include "common/text.h"

#include <signal.h>
#include <string.h>

enum outcome verb_jobs(struct shell *shell, const struct tokens *tokens)
{
    (void)tokens;
    background_look(shell);
    for (size_t i = 0; i < shell->background.count; i++) {
        const struct background_job *job = &shell->background.job[i];
        char line[400], text[300];
        text_escape(text, sizeof text, job->text, strlen(job->text));
        (void)text_format(line, sizeof line, "[%u] %s", job->number, text);
        report_text(&shell->report, "job", line);
    }
    return OUTCOME_OK;
}

/* "2", "%2" or "[2]"; NULL with a failure: there is none. */
static struct background_job *find_job(struct shell *shell, const char *word)
{
    struct background *background = &shell->background;
    uint64_t number = 0;
    const bool fine = number_parse(word + (*word == '%'), 1, UINT32_MAX, &number);
    for (size_t i = 0; fine && i < background->count; i++)
        if (background->job[i].number == number)
            return &background->job[i];
    shell_fail(shell, OUTCOME_USAGE, "%s: no such job", word);
    return NULL;
}

static enum outcome wait_all(struct shell *shell)
{
    enum outcome first = OUTCOME_OK;
    while (shell->background.count > 0) {
        const enum outcome outcome = background_wait(shell, &shell->background.job[0]);
        if (first == OUTCOME_OK)
            first = outcome;
    }
    return first == OUTCOME_OK ? first : shell_fail(shell, first, "%s", outcome_name(first));
}

enum outcome verb_fg(struct shell *shell, const struct tokens *tokens)
{
    const char *word = tokens->count > 1 ? tokens->token[1].text : NULL;
    struct background *background = &shell->background;
    if (word ? strcmp(word, "all") == 0 : strcmp(tokens->token[0].text, "wait") == 0)
        return wait_all(shell);
    if (!word && background->count == 0)
        return shell_fail(shell, OUTCOME_USAGE, "nothing runs in the background");
    struct background_job *job =
        word ? find_job(shell, word) : &background->job[background->count - 1];
    if (!job)
        return OUTCOME_USAGE;
    report_note(&shell->report, "%s", job->text);
    const enum outcome outcome = background_wait(shell, job);
    return outcome == OUTCOME_OK ? outcome
                                 : shell_fail(shell, outcome, "%s", outcome_name(outcome));
}

enum outcome verb_kill(struct shell *shell, const struct tokens *tokens)
{
    struct background *background = &shell->background;
    const bool all = strcmp(tokens->token[1].text, "all") == 0;
    for (size_t i = 0; all && i < background->count; i++)
        kill(background->job[i].pid, SIGTERM);
    for (size_t i = 1; !all && i < tokens->count; i++) {
        const struct background_job *job = find_job(shell, tokens->token[i].text);
        if (!job)
            return OUTCOME_USAGE;
        kill(job->pid, SIGTERM);
    }
    return OUTCOME_OK;
}
