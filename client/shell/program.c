/* SPDX-License-Identifier: BSD-2-Clause */
/* program.c - runs a program on the terminal. */
#include "client/shell/program.h"

#include "common/text.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int program_run(const char *command, const char *file)
{
    int status = -1;
    pid_t child;
    fflush(NULL);
    child = fork();
    if (child == 0) {
        char line[PATH_MAX];
        signal(SIGPIPE, SIG_DFL);
        if (text_format(line, sizeof line, "%s%s", command, file ? " \"$1\"" : ""))
            execl("/bin/sh", "sh", "-c", line, "sh", file, (char *)NULL);
        _exit(127);
    }
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}
