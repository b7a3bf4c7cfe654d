/* SPDX-License-Identifier: BSD-2-Clause */
/* background.h - commands that run in processes of their own, with a session of their own. */
#ifndef CLIENT_SHELL_BACKGROUND_H
#define CLIENT_SHELL_BACKGROUND_H

#include "client/shell/grammar.h"
#include "client/shell/shell.h"

/* Runs the group of a command by run(). */
enum outcome background_start(struct shell *shell, const struct command *command,
                              enum outcome (*run)(struct shell *shell,
                                                  const struct command_list *list));

/* Starts run(shell, channel) in such a process; text: for people, copied.  The job, or NULL with a
 * failure set. */
struct background_job *background_fork(struct shell *shell, const char *text,
                                       enum outcome (*run)(void *context, struct shell *shell,
                                                           int channel),
                                       void *context);

/* Reports what has ended. */
void background_look(struct shell *shell);

/* Waits for a job; Ctrl-C ends it. */
enum outcome background_wait(struct shell *shell, struct background_job *job);

/* The end of the program: a script waits for what runs; what a person leaves behind is ended.  The
 * outcome, or that of the first job that failed. */
enum outcome background_end(struct shell *shell, enum outcome outcome);

#endif
