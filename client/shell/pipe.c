/* SPDX-License-Identifier: BSD-2-Clause */
/* pipe.c - redirection. */
#include "client/shell/pipe.h"

#include "client/shell/program.h"
#include "client/shell/tilde.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int open_output(struct shell *shell, const struct token *file, bool append)
{
    const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY;
    char path[PATH_MAX];
    int fd;
    if (!tilde_local(file, path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    if (append)
        return open(path, flags | O_APPEND, 0666);
    fd = open(path, flags | (shell->settings.no_clobber ? O_EXCL : O_TRUNC), 0666);
    if (fd < 0 && errno == EEXIST) /* a device has nothing to lose */
        fd = strncmp(path, "/dev/", 5) == 0 ? open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY) : fd;
    return fd;
}

/* Makes fd standard output. */
static bool replace_output(struct shell *shell, struct redirection *redirection, int fd)
{
    fflush(stdout);
    redirection->kept = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    const bool done = redirection->kept >= 0 && dup2(fd, STDOUT_FILENO) >= 0;
    if (!done && redirection->kept >= 0)
        close(redirection->kept);
    close(fd);
    if (!done)
        return false;
    redirection->outer_piped = shell->piped;
    redirection->outer_terminal = shell->report.out_terminal;
    redirection->outer_progress = shell->report.progress;
    shell->piped = true;
    shell->report.out_terminal = false;
    return true;
}

static enum outcome to_file(struct shell *shell, struct redirection *redirection,
                            const struct token *file, bool append)
{
    const int fd = open_output(shell, file, append);
    if (fd < 0)
        return shell_fail(shell, OUTCOME_NO_CREATE, "%s: %s", file->text, strerror(errno));
    if (!replace_output(shell, redirection, fd))
        return shell_fail(shell, OUTCOME_LOCAL, "%s: %s", file->text, strerror(errno));
    return OUTCOME_OK;
}

static enum outcome to_program(struct shell *shell, struct redirection *redirection,
                               const char *program)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return shell_fail(shell, OUTCOME_LOCAL, "|%s: %s", program, strerror(errno));
    redirection->child = program_start(program, ends[0]);
    close(ends[0]);
    if (redirection->child < 0) {
        close(ends[1]);
        return shell_fail(shell, OUTCOME_LOCAL, "|%s: %s", program, strerror(errno));
    }
    if (!replace_output(shell, redirection, ends[1]))
        return shell_fail(shell, OUTCOME_LOCAL, "|%s: %s", program, strerror(errno));
    shell->report.progress = false; /* the terminal is the program's */
    return OUTCOME_OK;
}

enum outcome redirect(struct shell *shell, struct redirection *redirection,
                      const struct token *file, bool append, const char *program)
{
    *redirection = (struct redirection){ .kept = -1, .child = -1 };
    if (file)
        return to_file(shell, redirection, file, append);
    const enum outcome outcome = to_program(shell, redirection, program);
    if (outcome != OUTCOME_OK && redirection->child > 0)
        (void)program_wait(redirection->child);
    return outcome;
}

bool output_is_unwanted(const struct shell *shell)
{
    struct pollfd one = { .fd = STDOUT_FILENO };
    return shell->piped && poll(&one, 1, 0) > 0 && (one.revents & POLLERR);
}

static enum outcome judge(struct shell *shell, int status)
{
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGINT)
        return shell_fail(shell, OUTCOME_INTERRUPTED, "interrupted");
    if (WIFSIGNALED(status))
        return shell_fail(shell, OUTCOME_LOCAL, "the program after | ended by signal %d",
                          WTERMSIG(status));
    if (WEXITSTATUS(status) == 0)
        return OUTCOME_OK;
    return shell_fail(shell, OUTCOME_LOCAL, "the program after | ended with exit code %d",
                      WEXITSTATUS(status));
}

enum outcome redirect_end(struct shell *shell, struct redirection *redirection,
                          enum outcome outcome)
{
    errno = 0;
    const bool written = fflush(stdout) == 0 && !ferror(stdout);
    const int error = errno;
    clearerr(stdout);
    (void)dup2(redirection->kept, STDOUT_FILENO);
    close(redirection->kept);
    shell->piped = redirection->outer_piped;
    shell->report.out_terminal = redirection->outer_terminal;
    shell->report.progress = redirection->outer_progress;
    if (redirection->child > 0) {
        const enum outcome theirs = judge(shell, program_wait(redirection->child));
        if (outcome != OUTCOME_OK || theirs == OUTCOME_OK)
            return outcome;
        if (!shell->interactive)
            report_failure(&shell->report, &shell->session.failure);
        return theirs;
    }
    if (outcome != OUTCOME_OK || written)
        return outcome;
    shell_fail(shell, OUTCOME_LOCAL, "writing the output failed%s%s", error ? ": " : "",
               error ? strerror(error) : "");
    report_failure(&shell->report, &shell->session.failure);
    return OUTCOME_LOCAL;
}
