/* SPDX-License-Identifier: BSD-2-Clause */
/* verbs_shell.c - commands about the shell itself: settings, scripts, history. */
#include "client/shell/shell.h"

#include "client/shell/background.h"
#include "client/shell/expand.h"
#include "client/shell/program.h"
#include "client/shell/setting.h"
#include "common/text.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { SOURCE_DEPTH_MAX = 20, LINE_SIZE = 16384 };

static void show_setting(struct shell *shell, size_t i)
{
    char line[SETTING_VALUE_SIZE * 2], value[SETTING_VALUE_SIZE];
    setting_show(shell, i, value);
    text_format(line, sizeof line, "%s %s", setting_name(i), value);
    report_text(&shell->report, "setting", line);
}

enum outcome verb_set(struct shell *shell, const struct tokens *tokens)
{
    const char *name = tokens->count > 1 ? tokens->token[1].text : NULL;
    bool shown = false;
    if (tokens->count == 3)
        return setting_put(shell, name, tokens->token[2].text);
    for (size_t i = 0; setting_name(i); i++) {
        if (name && strcmp(name, setting_name(i)) != 0)
            continue;
        show_setting(shell, i);
        shown = true;
    }
    return shown ? OUTCOME_OK : shell_fail(shell, OUTCOME_USAGE, "%s: unknown setting", name);
}

/* "on", "off", or the opposite of what it is. */
static enum outcome take_toggle(struct shell *shell, const struct tokens *tokens, bool *flag)
{
    const char *value = tokens->count > 1 ? tokens->token[1].text : *flag ? "off" : "on";
    if (!setting_is_true(value) && !setting_is_false(value))
        return shell_fail(shell, OUTCOME_USAGE, "%s: on or off expected", tokens->token[0].text);
    *flag = setting_is_true(value);
    if (shell->interactive)
        report_note(&shell->report, "%s is %s", tokens->token[0].text, *flag ? "on" : "off");
    return OUTCOME_OK;
}

enum outcome verb_prompt(struct shell *shell, const struct tokens *tokens)
{
    return take_toggle(shell, tokens, &shell->prompt);
}

/* A number is a level: 0 is off, as in lftp's `debug 3`. */
enum outcome verb_verbose(struct shell *shell, const struct tokens *tokens)
{
    uint64_t level;
    bool verbose = shell->report.verbose;
    enum outcome outcome = OUTCOME_OK;
    if (tokens->count > 1 && number_parse(tokens->token[1].text, 0, 99, &level))
        verbose = level > 0;
    else
        outcome = take_toggle(shell, tokens, &verbose);
    shell_set_verbose(shell, verbose);
    return outcome;
}

/* All words from i on, with blanks between them; false: too long. */
static bool join(const struct tokens *tokens, size_t i, char *line, size_t room)
{
    size_t n = 0;
    line[0] = '\0';
    for (; i < tokens->count; i++) {
        if (!text_format(line + n, room - n, "%s%s", n ? " " : "", tokens->token[i].text))
            return false;
        n += strlen(line + n);
    }
    return true;
}

enum outcome verb_echo(struct shell *shell, const struct tokens *tokens)
{
    const bool bare = tokens->count > 1 && strcmp(tokens->token[1].text, "-n") == 0;
    char line[LINE_SIZE];
    if (!join(tokens, bare ? 2 : 1, line, sizeof line))
        return shell_fail(shell, OUTCOME_USAGE, "echo: too long");
    if (bare && !shell->report.json) {
        fputs(line, shell->report.out);
        fflush(shell->report.out);
        return OUTCOME_OK;
    }
    report_text(&shell->report, "echo", line[0] ? line : "\n");
    return OUTCOME_OK;
}

enum outcome verb_shell(struct shell *shell, const struct tokens *tokens)
{
    char line[LINE_SIZE];
    if (!join(tokens, 1, line, sizeof line))
        return shell_fail(shell, OUTCOME_USAGE, "shell: too long");
    return program_run_shell(shell, line);
}

enum outcome verb_source(struct shell *shell, const struct tokens *tokens)
{
    static unsigned depth;
    const char *name = tokens->token[1].text;
    enum outcome outcome;
    if (depth >= SOURCE_DEPTH_MAX)
        return shell_fail(shell, OUTCOME_USAGE, "%s: sourced too deeply", name);
    if (strcmp(name, "-") != 0 && access(name, R_OK) < 0)
        return shell_fail(shell, OUTCOME_USAGE, "%s: %s", name, strerror(errno));
    depth++;
    outcome = shell_run_file(shell, name);
    depth--;
    return outcome == OUTCOME_OK ? outcome : shell_fail(shell, outcome, "%s: failed", name);
}

enum outcome verb_history(struct shell *shell, const struct tokens *tokens)
{
    uint64_t count = 0;
    if (tokens->count > 1 && !number_parse(tokens->token[1].text, 1, 1000000, &count))
        return shell_fail(shell, OUTCOME_USAGE, "%s: a number expected", tokens->token[1].text);
    if (!shell->history)
        return shell_fail(shell, OUTCOME_USAGE, "there is no history outside of a terminal");
    shell->history(shell, shell->flags->has['c'], (unsigned)count);
    return OUTCOME_OK;
}

enum outcome verb_bye(struct shell *shell, const struct tokens *tokens)
{
    background_look(shell);
    if (shell->interactive && shell->background.count > 0 && !shell->background.warned) {
        shell->background.warned = true;
        report_note(&shell->report, "jobs are running; leaving again ends them");
        return OUTCOME_OK;
    }
    uint64_t code;
    if (tokens->count > 1) {
        if (!number_parse(tokens->token[1].text, 0, 255, &code))
            return shell_fail(shell, OUTCOME_USAGE, "%s: 0 to 255 expected", tokens->token[1].text);
        shell->exit_code = (int)code;
    }
    shell->leave = true;
    return OUTCOME_OK;
}

/* -a: all kinds (the default is files), -d: directories, -f: files. */
static bool wants(const struct tokens *tokens, const struct entry *entry)
{
    const char *flag = tokens->token[1].text;
    if (strcmp(flag, "-a") == 0)
        return true;
    return (entry->type == ENTRY_DIRECTORY) == (strcmp(flag, "-d") == 0);
}

static enum outcome add_matches(struct shell *shell, const struct tokens *tokens,
                                const struct token *token, struct tokens *words)
{
    struct listing found;
    enum outcome outcome = expand_remote(shell, token, &found);
    for (size_t i = 0; outcome == OUTCOME_OK && i < found.count; i++)
        if (wants(tokens, &found.entries[i]) && !tokens_add(words, found.entries[i].name))
            outcome = shell_fail(shell, OUTCOME_LOCAL, "out of memory");
    listing_free(&found);
    return outcome;
}

/* Two names that matched are two files, also for get and put. */
static enum outcome run_with_files(struct shell *shell, struct tokens *words)
{
    const enum two_words two_words = shell->two_words;
    shell->two_words = WORDS_FILES;
    const enum outcome outcome = verb_run(shell, words);
    shell->two_words = two_words;
    return outcome;
}

enum outcome verb_glob(struct shell *shell, const struct tokens *tokens)
{
    struct tokens words = { 0 };
    enum outcome outcome = OUTCOME_OK;
    const size_t first = tokens->token[1].text[0] == '-' ? 2 : 1;
    for (size_t i = first; i < tokens->count && outcome == OUTCOME_OK; i++) {
        const struct token *token = &tokens->token[i];
        if (token->globs && i > first)
            outcome = add_matches(shell, tokens, token, &words);
        else if (!tokens_add(&words, token->text))
            outcome = shell_fail(shell, OUTCOME_LOCAL, "out of memory");
    }
    if (outcome == OUTCOME_OK && words.count == 0)
        outcome = shell_fail(shell, OUTCOME_USAGE, "glob: a command is missing");
    else if (outcome == OUTCOME_OK)
        outcome = run_with_files(shell, &words);
    tokens_free(&words);
    return outcome;
}
