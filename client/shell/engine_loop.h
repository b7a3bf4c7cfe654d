/* SPDX-License-Identifier: BSD-2-Clause */
/* engine_loop.h - the engine in the foreground of the shell. */
#ifndef CLIENT_SHELL_ENGINE_LOOP_H
#define CLIENT_SHELL_ENGINE_LOOP_H

#include "client/engine/wardftp.h"
#include "client/shell/shell.h"

/* Runs until all is done, and calls turn() after each step.  Ctrl-C gives the transfers a few seconds
 * to leave what can be resumed, a second one does not.  Was it interrupted? */
bool engine_loop(struct shell *shell, struct engine *engine, void (*turn)(void *context),
                 void *context);

#endif
