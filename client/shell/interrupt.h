/* SPDX-License-Identifier: BSD-2-Clause */
/* interrupt.h - Ctrl-C as a descriptor: SIGINT, SIGTERM and SIGHUP make it readable, so that every
 * wait of the engine can end by it, without a race. */
#ifndef CLIENT_SHELL_INTERRUPT_H
#define CLIENT_SHELL_INTERRUPT_H

#include <stdbool.h>

/* Installs the handlers; called again in a forked process, for a descriptor of its own.
 * Returns the descriptor, or -1. */
int interrupt_init(void);

/* Forgets interrupts that have come; SIGTERM and SIGHUP stay. */
void interrupt_clear(void);

/* Did SIGTERM or SIGHUP come?  They end the program, as if it had been left by `bye`. */
bool interrupt_leaves(void);

#endif
