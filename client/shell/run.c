/* SPDX-License-Identifier: BSD-2-Clause */
/* run.c - runs lists of commands, and one command of them. */
#include "client/shell/shell.h"

#include "client/shell/alias.h"
#include "client/shell/background.h"
#include "client/shell/grammar.h"
#include "client/shell/pipe.h"
#include "client/shell/program.h"
#include "client/shell/tilde.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum outcome run_with_flags(struct shell *shell, const struct verb *verb,
                                   const struct tokens *tokens, const struct tokens *rest)
{
    const size_t arguments = rest->count - 1;
    if (arguments < verb->least || arguments > verb->most)
        return shell_fail(shell, OUTCOME_USAGE, "usage: %s %s", tokens->token[0].text, verb->usage);
    return verb->run(shell, rest);
}

static enum outcome take_flags(struct shell *shell, const struct verb *verb,
                               const struct tokens *tokens)
{
    const struct flags *outer = shell->flags;
    char why[FLAG_WHY_SIZE];
    struct flags flags = { 0 };
    struct tokens rest = { 0 };
    enum outcome outcome;
    shell->flags = &flags;
    if (!verb->options)
        outcome = run_with_flags(shell, verb, tokens, tokens);
    else if (flags_take(verb->options, tokens, &flags, &rest, why))
        outcome = run_with_flags(shell, verb, tokens, &rest);
    else
        outcome = shell_fail(shell, OUTCOME_USAGE, "%s: %s", tokens->token[0].text, why);
    tokens_free(&rest);
    shell->flags = outer;
    return outcome;
}

enum outcome verb_run(struct shell *shell, struct tokens *tokens)
{
    const char *name = tokens->token[0].text;
    const struct verb *verb = verb_find(name);
    enum outcome outcome = OUTCOME_OK;
    if (!verb)
        return shell_fail(shell, OUTCOME_USAGE, "%s: unknown command (try help)", name);
    if (shell->configuring && !(verb->flags & VERB_CONFIG))
        return shell_fail(shell, OUTCOME_USAGE, "%s: not allowed in the configuration", name);
    if (!(verb->flags & VERB_OFFLINE))
        outcome = shell_ensure(shell);
    if (outcome == OUTCOME_OK)
        outcome = tilde_expand(shell, verb, tokens);
    return outcome == OUTCOME_OK ? take_flags(shell, verb, tokens) : outcome;
}

static enum outcome reported(struct shell *shell, enum outcome outcome)
{
    report_clear(&shell->report);
    if (outcome == OUTCOME_LOCAL && output_is_unwanted(shell))
        return OUTCOME_OK;
    if (outcome != OUTCOME_OK)
        report_failure(&shell->report, &shell->session.failure);
    return outcome;
}

enum outcome shell_run(struct shell *shell, struct tokens *tokens)
{
    if (tokens->count == 0)
        return OUTCOME_OK;
    shell->commands++;
    return reported(shell, verb_run(shell, tokens));
}

static enum outcome run_list(struct shell *shell, const struct command_list *list);

/* "!COMMAND"; a bare "!" starts a shell. */
static enum outcome run_local(struct shell *shell, const char *command)
{
    if (shell->configuring)
        return reported(shell, shell_fail(shell, OUTCOME_USAGE,
                                          "!%s: not allowed in the configuration", command));
    return reported(shell, program_run_shell(shell, command));
}

static enum outcome run_inner(struct shell *shell, const struct command *command)
{
    struct tokens words;
    switch (command->kind) {
    case COMMAND_GROUP:
        return run_list(shell, &command->group);
    case COMMAND_LOCAL:
        return run_local(shell, command->shell_text);
    default:
        words = command->words;
        return shell_run(shell, &words);
    }
}

static enum outcome run_command(struct shell *shell, const struct command *command)
{
    const bool local = command->kind == COMMAND_LOCAL;
    struct redirection redirection;
    enum outcome outcome;
    shell->report.script_line = command->line;
    if (command->background)
        return reported(shell, background_start(shell, command, run_list));
    if (local || (!command->shell_text && command->output.count == 0))
        return run_inner(shell, command);
    outcome = redirect(shell, &redirection, command->output.count ? command->output.token : NULL,
                       command->append, command->shell_text);
    if (outcome != OUTCOME_OK)
        return reported(shell, outcome);
    outcome = redirect_end(shell, &redirection, run_inner(shell, command));
    return outcome;
}

static bool stops_on_error(const struct shell *shell)
{
    return shell->stop_on_error == STOP_YES ||
           (shell->stop_on_error == STOP_AUTO && !shell->interactive);
}

/* Does the list end here?  A failure that "&&" or "||" looks at is none yet; Ctrl-C ends it in any
 * case. */
static bool ends_here(const struct shell *shell, const struct command_list *list, size_t i,
                      enum outcome outcome)
{
    const bool judged = i + 1 < list->count && list->command[i + 1].when != WHEN_ALWAYS;
    if (shell->leave || outcome == OUTCOME_INTERRUPTED)
        return true;
    return outcome != OUTCOME_OK && !judged && stops_on_error(shell);
}

static enum outcome run_list(struct shell *shell, const struct command_list *list)
{
    enum outcome outcome = OUTCOME_OK;
    for (size_t i = 0; i < list->count; i++) {
        const struct command *command = &list->command[i];
        if (command->when == WHEN_ALWAYS || (command->when == WHEN_OK) == (outcome == OUTCOME_OK))
            outcome = run_command(shell, command);
        if (ends_here(shell, list, i, outcome))
            break;
    }
    return outcome;
}

static const char *find_alias(const void *context, const char *word)
{
    const struct shell *shell = context;
    return alias_find(&shell->aliases, word);
}

static enum outcome run_lines(struct shell *shell, struct grammar *grammar)
{
    enum outcome outcome = OUTCOME_OK;
    for (;;) {
        struct command_list list;
        const enum grammar_result result = grammar_next(grammar, &list);
        if (result == GRAMMAR_OK) {
            outcome = run_list(shell, &list);
        } else if (result == GRAMMAR_WRONG) {
            shell->report.script_line = grammar->line;
            outcome = reported(shell, shell_fail(shell, OUTCOME_USAGE, "%s", grammar->why));
        }
        command_list_free(&list);
        if (result != GRAMMAR_OK || shell->leave || outcome == OUTCOME_INTERRUPTED ||
            (outcome != OUTCOME_OK && stops_on_error(shell)))
            return outcome;
    }
}

enum outcome shell_run_text(struct shell *shell, const char *text, const char *script)
{
    struct grammar grammar = { .at = text, .line = 1, .alias = find_alias, .context = shell };
    const char *outer = shell->report.script;
    const unsigned outer_line = shell->report.script_line;
    if (script)
        shell->report.script = script;
    shell->report.script_line = 1;
    const enum outcome outcome = run_lines(shell, &grammar);
    grammar_free(&grammar);
    shell->report.script = outer;
    shell->report.script_line = outer_line;
    return outcome;
}

/* All of a file, as one string; NULL: *error tells why. */
static char *read_whole(const char *name, int *error)
{
    FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
    char *text = NULL;
    size_t room = 0;
    if (!file) {
        *error = errno;
        return NULL;
    }
    errno = 0;
    const ssize_t n = getdelim(&text, &room, '\0', file);
    *error = ferror(file) ? errno : 0;
    if (file != stdin)
        fclose(file);
    if (n < 0 && *error == 0) {
        free(text);
        text = calloc(1, 1);
        *error = text ? 0 : ENOMEM;
    }
    return text;
}

enum outcome shell_run_file(struct shell *shell, const char *name)
{
    int error;
    char *text = read_whole(name, &error);
    enum outcome outcome;
    if (error || !text)
        outcome =
            reported(shell, shell_fail(shell, OUTCOME_USAGE, "%s: %s", name, strerror(error)));
    else
        outcome = shell_run_text(shell, text, strcmp(name, "-") == 0 ? "standard input" : name);
    free(text);
    return outcome;
}
