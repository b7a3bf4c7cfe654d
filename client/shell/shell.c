/* SPDX-License-Identifier: BSD-2-Clause */
/* shell.c - the context of commands: connecting when needed, retries, running one transfer. */
#include "client/shell/shell.h"

#include "client/engine/netrc.h"
#include "client/shell/program.h"
#include "client/engine/remote.h"
#include "client/secret.h"
#include "common/path.h"
#include "common/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void show_progress(void *context, const struct transfer *transfer)
{
    struct shell *shell = context;
    const struct progress_state state = { .done = transfer->done,
                                          .total = transfer->total,
                                          .moved = transfer->moved,
                                          .began_ms = transfer->began_ms };
    report_progress(&shell->report, 0, transfer->remote, &state);
}

static void note(void *context, const char *text)
{
    struct shell *shell = context;
    report_note(&shell->report, "%s", text);
}

static enum outcome find_password(void *context);

void shell_init(struct shell *shell)
{
    struct target unset = { .port = 21 };
    memset(shell, 0, sizeof *shell);
    settings_init(&shell->settings);
    session_init(&shell->session, &shell->settings, &unset);
    report_init(&shell->report, false, false, false);
    shell->parallel = 1;
    if (!getcwd(shell->start_directory, sizeof shell->start_directory))
        shell->start_directory[0] = '\0';
    shell->password_fd = -1;
    shell->steady = (struct steady){
        .session = &shell->session, .context = shell, .find_password = find_password, .note = note
    };
}

void shell_free(struct shell *shell)
{
    session_close(&shell->session, true);
    wipe(shell->session.target.password, sizeof shell->session.target.password);
}

enum outcome shell_fail(struct shell *shell, enum outcome outcome, const char *format, ...)
{
    char text[FAILURE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return failure_set(&shell->session.failure, outcome, "%s", text);
}

void shell_target(struct shell *shell, const struct target *target)
{
    session_close(&shell->session, true);
    session_init(&shell->session, &shell->settings, target);
    shell->steady.has_target = true;
    shell->steady.was_open = false;
}

static enum outcome ask_password(struct shell *shell)
{
    struct target *target = &shell->session.target;
    char prompt[TARGET_NAME_SIZE * 2 + 32], shown[TARGET_NAME_SIZE * 2];
    int result;
    text_format(shown, sizeof shown, "%s@%s", target->user, target->host);
    text_format(prompt, sizeof prompt, "Password for %s: ", shown);
    result = secret_ask(prompt, target->password, sizeof target->password);
    if (result == 0)
        target->has_password = true;
    if (result == -EINTR)
        return failure_set(&shell->session.failure, OUTCOME_INTERRUPTED, "interrupted");
    if (result < 0)
        return failure_set(&shell->session.failure, OUTCOME_LOGIN,
                           "no password for %s: use ~/.netrc, --password-fd or a terminal", shown);
    return OUTCOME_OK;
}

/* The password: that of the URL, of --password-fd, of .netrc, of the terminal. */
static enum outcome find_password(void *context)
{
    struct shell *shell = context;
    struct target *target = &shell->session.target;
    int result;
    if (target->has_password)
        return OUTCOME_OK;
    if (shell->password_fd >= 0) {
        result = secret_from_fd(shell->password_fd, target->password, sizeof target->password);
        if (result < 0)
            return failure_set(&shell->session.failure, OUTCOME_USAGE, "--password-fd %d: %s",
                               shell->password_fd, strerror(-result));
        target->has_password = true;
        shell->password_fd = -1;
        return OUTCOME_OK;
    }
    if (shell->netrc_file && netrc_find(shell->netrc_file, target) == NETRC_OPEN_TO_OTHERS)
        return failure_set(&shell->session.failure, OUTCOME_USAGE,
                           "%s is readable by others; run chmod 600", shell->netrc_file);
    if (target->has_password || !target->user[0] || strcmp(target->user, "anonymous") == 0 ||
        strcmp(target->user, "ftp") == 0)
        return OUTCOME_OK;
    return ask_password(shell);
}

/* A wrong password is asked for again. */
static enum outcome after_login(struct shell *shell, enum outcome outcome)
{
    if (outcome == OUTCOME_LOGIN && shell->interactive)
        shell->session.target.has_password = false;
    return outcome;
}

enum outcome shell_ensure(struct shell *shell)
{
    shell->steady.connects_once = shell->interactive;
    return after_login(shell, steady_ensure(&shell->steady));
}

enum outcome shell_transfer(struct shell *shell, const struct job *job)
{
    struct transfer transfer;
    const int64_t began = now_ms();
    struct report_transfer ended = { .direction = job->upload ? "put" : "get",
                                     .remote = job->remote,
                                     .local = job->local };
    transfer_init(&transfer, job);
    transfer.progress = show_progress;
    transfer.context = shell;
    shell->steady.connects_once = shell->interactive;
    const enum outcome outcome =
        steady_transfer(&shell->steady, job, &transfer, job->upload ? STDIN_FILENO : STDOUT_FILENO);
    ended.start = transfer.start;
    ended.bytes = transfer.done;
    ended.moved = transfer.moved;
    ended.elapsed_ms = now_ms() - began;
    ended.failure = outcome == OUTCOME_OK ? NULL : &shell->session.failure;
    report_transfer(&shell->report, 0, &ended);
    return after_login(shell, outcome);
}

static enum outcome find_and_run(struct shell *shell, const struct tokens *tokens)
{
    const struct verb *verb = verb_find(tokens->token[0].text);
    const size_t arguments = tokens->count - 1;
    enum outcome outcome = OUTCOME_OK;
    if (!verb)
        return shell_fail(shell, OUTCOME_USAGE, "%s: unknown command (try help)",
                          tokens->token[0].text);
    if (arguments < verb->least || arguments > verb->most)
        return shell_fail(shell, OUTCOME_USAGE, "usage: %s %s", verb->name, verb->usage);
    if (!(verb->flags & VERB_OFFLINE))
        outcome = shell_ensure(shell);
    return outcome == OUTCOME_OK ? verb->run(shell, tokens) : outcome;
}

enum outcome shell_run(struct shell *shell, const struct tokens *tokens)
{
    enum outcome outcome;
    if (tokens->count == 0)
        return OUTCOME_OK;
    shell->commands++;
    outcome = find_and_run(shell, tokens);
    report_clear(&shell->report);
    if (outcome != OUTCOME_OK)
        report_failure(&shell->report, &shell->session.failure);
    return outcome;
}

/* "!COMMAND": the rest of the line goes to the local shell, unchanged; a bare "!" starts one. */
static enum outcome run_local(struct shell *shell, const char **text)
{
    const size_t n = strcspn(*text, "\n");
    char *command = strndup(*text + 1, n - 1);
    const char *own = getenv("SHELL");
    int status = -1;
    *text += n;
    if (command)
        status = program_run(command[strspn(command, " \t")] ? command : own ? own : "sh", NULL);
    free(command);
    if (status == 0)
        return OUTCOME_OK;
    shell_fail(shell, OUTCOME_LOCAL, "command failed");
    report_failure(&shell->report, &shell->session.failure);
    return OUTCOME_LOCAL;
}

/* Runs the command at *text and advances it.  False: there is none, or it is malformed. */
static bool run_next(struct shell *shell, const char **text, enum outcome *outcome)
{
    struct tokens tokens;
    enum tokens_result result;
    if (**text == '!') {
        *outcome = run_local(shell, text);
        return true;
    }
    result = tokens_split(text, &tokens);
    if (result == TOKENS_OK) {
        *outcome = shell_run(shell, &tokens);
    } else if (result != TOKENS_END) {
        *outcome =
            shell_fail(shell, OUTCOME_USAGE,
                       result == TOKENS_UNFINISHED ? "missing closing quote" : "out of memory");
        report_failure(&shell->report, &shell->session.failure);
    }
    tokens_free(&tokens);
    return result == TOKENS_OK;
}

static unsigned line_ends(const char *from, const char *to)
{
    unsigned count = 0;
    while (from < to)
        count += *from++ == '\n';
    return count;
}

enum outcome shell_run_text(struct shell *shell, const char *text, const char *script)
{
    const char *counted = text;
    enum outcome outcome = OUTCOME_OK;
    shell->report.script = script;
    shell->report.script_line = 1;
    do {
        text += strspn(text, " \t");
        shell->report.script_line += line_ends(counted, text);
        counted = text;
    } while (run_next(shell, &text, &outcome) && !shell->leave &&
             (outcome == OUTCOME_OK || shell->interactive));
    shell->report.script = NULL;
    return outcome;
}
