/* SPDX-License-Identifier: BSD-2-Clause */
/* pipe.h - the output of commands into files and programs: `cat f > x`, `ls | less`. */
#ifndef CLIENT_SHELL_PIPE_H
#define CLIENT_SHELL_PIPE_H

#include "client/shell/shell.h"

#include <sys/types.h>

struct redirection {
    int kept;                                         /* standard output as it was */
    pid_t child;                                      /* -1: none */
    bool outer_piped, outer_terminal, outer_progress; /* of the report */
};

/* From now on, standard output is the file, or the input of a program that /bin/sh runs (one of them
 * is NULL).  Must be followed by redirect_end() if it returns OUTCOME_OK; else nothing has
 * changed. */
enum outcome redirect(struct shell *shell, struct redirection *redirection,
                      const struct token *file, bool append, const char *program);

/* Waits for the program.  Given the outcome of what wrote to it, returns that of both; a failure of
 * the program is reported in scripts. */
enum outcome redirect_end(struct shell *shell, struct redirection *redirection,
                          enum outcome outcome);

/* Does the program that gets the output want no more of it, as `head`?  Then a failed write is no
 * failure. */
bool output_is_unwanted(const struct shell *shell);

#endif
