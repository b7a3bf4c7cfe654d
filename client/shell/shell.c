/* SPDX-License-Identifier: BSD-2-Clause */
/* shell.c - the context of commands: connecting when needed, retries, running one transfer. */
#include "client/shell/shell.h"

#include "client/engine/netrc.h"
#include "client/engine/remote.h"
#include "client/secret.h"
#include "client/shell/queue.h"
#include "client/shell/alias.h"
#include "common/path.h"
#include "common/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
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

static void on_trace(void *context, char direction, const char *line)
{
    struct shell *shell = context;
    report_trace(&shell->report, direction, line);
}

void shell_set_verbose(struct shell *shell, bool verbose)
{
    shell->report.verbose = verbose;
    shell->settings.trace = verbose ? on_trace : NULL;
}

bool shell_set_charset(struct shell *shell, const char *name)
{
    struct charset *charset;
    const bool none = !name[0] || strcasecmp(name, "UTF-8") == 0;
    if (!none && charset_open(name, &charset) < 0)
        return false;
    if (!none)
        charset_close(charset);
    if (!text_copy(shell->charset, sizeof shell->charset, none ? "" : name))
        return false;
    shell->settings.charset = none ? NULL : shell->charset;
    return true;
}

void shell_message(void *context, const char *text)
{
    struct shell *shell = context;
    if (shell->messages && shell->interactive && !shell->report.quiet && !shell->report.verbose)
        report_text(&shell->report, "message", text);
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
    shell->exit_code = -1;
    shell->messages = true;
    shell->steady = (struct steady){
        .session = &shell->session, .context = shell, .find_password = find_password, .note = note
    };
}

void shell_free(struct shell *shell)
{
    session_close(&shell->session, true);
    wipe(shell->session.target.password, sizeof shell->session.target.password);
    wipe(shell->proxy.password, sizeof shell->proxy.password);
    aliases_free(&shell->aliases);
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
    result =
        shell->detached ? -ENOTTY : secret_ask(prompt, target->password, sizeof target->password);
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
    if (shell->queueing)
        return queue_collect(shell, job);
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

enum outcome shell_ask(struct shell *shell, const char *verb, const char *path)
{
    return session_ask_path(&shell->session, verb, path);
}
