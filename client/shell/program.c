/* SPDX-License-Identifier: BSD-2-Clause */
/* program.c - runs programs on the terminal. */
#include "client/shell/program.h"

#include "common/text.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child: becomes /bin/sh.  SIGPIPE was ignored here and is not to be there. */
_Noreturn static void become_shell(const char *line, const char *file)
{
    signal(SIGPIPE, SIG_DFL);
    execl("/bin/sh", "sh", "-c", line, "sh", file, (char *)NULL);
    _exit(127);
}

int program_wait(pid_t child)
{
    int status = -1;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

int program_run(const char *command, const char *file)
{
    char line[PATH_MAX];
    pid_t child;
    if (file && !text_format(line, sizeof line, "%s \"$1\"", command))
        return -1;
    fflush(NULL);
    child = fork();
    if (child == 0)
        become_shell(file ? line : command, file);
    return child > 0 ? program_wait(child) : -1;
}

pid_t program_start(const char *command, int input)
{
    fflush(NULL);
    const pid_t child = fork();
    if (child != 0)
        return child;
    if (dup2(input, STDIN_FILENO) < 0)
        _exit(127);
    become_shell(command, NULL);
}

enum outcome program_run_shell(struct shell *shell, const char *command)
{
    const char *own = getenv("SHELL");
    const bool bare = command[strspn(command, " \t")] == '\0';
    const int status = program_run(!bare ? command : own ? own : "sh", NULL);
    if (status == 0)
        return OUTCOME_OK;
    if (status > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGINT)
        return shell_fail(shell, OUTCOME_INTERRUPTED, "interrupted");
    return shell_fail(shell, OUTCOME_LOCAL, "command failed");
}
