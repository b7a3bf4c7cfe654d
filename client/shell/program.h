/* SPDX-License-Identifier: BSD-2-Clause */
/* program.h - programs of the user's own: pager, editor, a command of the local shell. */
#ifndef CLIENT_SHELL_PROGRAM_H
#define CLIENT_SHELL_PROGRAM_H

#include "client/shell/shell.h"

#include <sys/types.h>

/* Runs COMMAND FILE by /bin/sh and waits; file may be NULL.  The command is the user's own word and
 * may have arguments.  Its wait status, or -1. */
int program_run(const char *command, const char *file);

/* Starts a command by /bin/sh with that standard input: its process, or -1 with errno. */
pid_t program_start(const char *command, int input);
int program_wait(pid_t child);

/* Runs a command line of the user's; an empty one starts $SHELL. */
enum outcome program_run_shell(struct shell *shell, const char *command);

#endif
