/* SPDX-License-Identifier: BSD-2-Clause */
/* program.h - programs of the user's own: pager, editor, a command of the local shell. */
#ifndef CLIENT_SHELL_PROGRAM_H
#define CLIENT_SHELL_PROGRAM_H

/* Runs COMMAND FILE by /bin/sh and waits; file may be NULL.  The command is the user's own word and
 * may have arguments.  Its wait status, or -1. */
int program_run(const char *command, const char *file);

#endif
