/* SPDX-License-Identifier: BSD-2-Clause */
/* background.c - starts, watches and ends processes in the background. */
#include "client/shell/background.h"

#include "client/secret.h"
#include "client/shell/interrupt.h"
#include "client/shell/transfer_queue.h"
#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TEXT_SIZE = 200, SHOW_EVERY_MS = 200 };

/* ---- in the new process ---- */

/* The session is the parent's: this process opens one of its own when it needs it. */
static void leave_session(struct shell *shell)
{
    struct session *session = &shell->session;
    const struct target target = session->target;
    char cwd[TARGET_PATH_SIZE];
    text_copy(cwd, sizeof cwd, session->cwd);
    link_close(&session->control);
    session_close(session, false);
    session_init(session, &shell->settings, &target);
    text_copy(session->cwd, sizeof session->cwd, cwd);
}

/* No terminal, no Ctrl-C, no jobs. */
static void become_background(struct shell *shell)
{
    const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null >= 0)
        (void)dup2(null, STDIN_FILENO);
    shell->settings.interrupt_fd = interrupt_init();
    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    leave_session(shell);
    for (size_t i = 0; i < shell->background.count; i++)
        close(shell->background.job[i].channel);
    shell->background.count = 0;
    shell->settings.ask_trust = NULL;
    shell->interactive = false;
    shell->detached = true;
    shell->history = NULL;
    shell->report.progress = false;
}

/* ---- start ---- */

static struct background_job *add_job(struct background *background, const char *text)
{
    unsigned number = 1;
    if (background->count == background->room) {
        const size_t room = background->room ? background->room * 2 : 8;
        struct background_job *bigger =
            reallocarray(background->job, room, sizeof(struct background_job));
        if (!bigger)
            return NULL;
        background->job = bigger;
        background->room = room;
    }
    if (background->count > 0)
        number = background->job[background->count - 1].number + 1;
    struct background_job *job = &background->job[background->count];
    *job = (struct background_job){ .number = number, .text = strdup(text), .channel = -1 };
    return job->text ? job : NULL;
}

struct background_job *
background_fork(struct shell *shell, const char *text,
                enum outcome (*run)(void *context, struct shell *shell, int channel), void *context)
{
    struct background_job *job = add_job(&shell->background, text);
    int ends[2];
    if (!job || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
        shell_fail(shell, OUTCOME_LOCAL, "cannot start in the background");
        return NULL;
    }
    report_clear(&shell->report);
    fflush(NULL);
    job->pid = fork();
    if (job->pid == 0) {
        close(ends[0]);
        become_background(shell);
        const enum outcome outcome = run(context, shell, ends[1]);
        session_close(&shell->session, true);
        fflush(NULL);
        _exit((int)outcome);
    }
    close(ends[1]);
    if (job->pid < 0) {
        close(ends[0]);
        free(job->text);
        shell_fail(shell, OUTCOME_LOCAL, "cannot start in the background: %s", strerror(errno));
        return NULL;
    }
    job->channel = ends[0];
    shell->background.count++;
    shell->background.warned = false;
    return job;
}

struct start {
    const struct command_list *list;
    enum outcome (*run)(struct shell *shell, const struct command_list *list);
};

static enum outcome run_list_there(void *context, struct shell *shell, int channel)
{
    const struct start *start = context;
    (void)channel;
    return start->run(shell, start->list);
}

/* The words of the first command, for people. */
static void describe(const struct command *command, char text[TEXT_SIZE])
{
    const struct command *first = &command->group.command[0];
    size_t n = 0;
    text[0] = '\0';
    for (size_t i = 0; i < first->words.count && n < TEXT_SIZE - 1; i++) {
        (void)text_format(text + n, TEXT_SIZE - n, "%s%s", i ? " " : "",
                          first->words.token[i].text);
        n = strlen(text);
    }
    if (first->kind != COMMAND_WORDS || command->group.count > 1)
        (void)text_format(text + n, TEXT_SIZE - n, "%s...", n ? " " : "");
    if (secret_in_line(text))
        text_copy(text, TEXT_SIZE, first->words.token[0].text);
}

enum outcome background_start(struct shell *shell, const struct command *command,
                              enum outcome (*run)(struct shell *shell,
                                                  const struct command_list *list))
{
    struct start start = { .list = &command->group, .run = run };
    char text[TEXT_SIZE];
    describe(command, text);
    if (shell->configuring)
        return shell_fail(shell, OUTCOME_USAGE, "&: not allowed in the configuration");
    const struct background_job *job = background_fork(shell, text, run_list_there, &start);
    if (!job)
        return shell->session.failure.outcome;
    if (shell->interactive)
        report_note(&shell->report, "[%u] %s", job->number, job->text);
    return OUTCOME_OK;
}

/* ---- end ---- */

/* Takes it off the list, and reports how it ended, if that is asked for or went wrong. */
static enum outcome take_end(struct shell *shell, struct background_job *job, int status,
                             bool tells)
{
    struct background *background = &shell->background;
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : (int)OUTCOME_INTERRUPTED;
    if (code != 0 && background->first == OUTCOME_OK)
        background->first = (enum outcome)code;
    if (tells || (code != 0 && shell->interactive))
        report_note(&shell->report, "[%u] %s: %s", job->number,
                    code == 0 ? "done" : outcome_name((enum outcome)code), job->text);
    close(job->channel);
    free(job->text);
    const size_t at = (size_t)(job - background->job);
    background->count--;
    memmove(job, job + 1, (background->count - at) * sizeof *job);
    return (enum outcome)code;
}

void background_look(struct shell *shell)
{
    for (size_t i = shell->background.count; i-- > 0;) {
        struct background_job *job = &shell->background.job[i];
        int status;
        if (waitpid(job->pid, &status, WNOHANG) == job->pid)
            (void)take_end(shell, job, status, shell->interactive);
    }
}

enum outcome background_wait(struct shell *shell, struct background_job *job)
{
    int status = 0;
    bool ended = false;
    const bool shows = job->queue && shell->report.progress;
    if (shows)
        report_begin(&shell->report, 1, -1);
    while (!ended) {
        const int result = wait_ready(job->channel, POLLIN, shell->settings.interrupt_fd, -1,
                                      shows ? now_ms() + SHOW_EVERY_MS : INT64_MAX);
        ended = result != -EINTR && result != -ETIMEDOUT;
        if (result == -ETIMEDOUT)
            transfer_queue_progress(shell);
        if (result == -EINTR) {
            kill(job->pid, SIGTERM);
            ended = interrupt_leaves();
            interrupt_clear();
        }
    }
    while (waitpid(job->pid, &status, 0) < 0 && errno == EINTR)
        ;
    report_clear(&shell->report);
    return take_end(shell, job, status, false);
}

enum outcome background_end(struct shell *shell, enum outcome outcome)
{
    struct background *background = &shell->background;
    const bool ends = shell->interactive || interrupt_leaves();
    for (size_t i = 0; ends && i < background->count; i++)
        kill(background->job[i].pid, SIGTERM);
    while (background->count > 0)
        (void)background_wait(shell, &background->job[0]);
    free(background->job);
    background->job = NULL;
    background->room = 0;
    return outcome == OUTCOME_OK && !shell->interactive ? background->first : outcome;
}
