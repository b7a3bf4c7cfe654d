/* SPDX-License-Identifier: BSD-2-Clause */
/* interrupt.h - Ctrl-C as a descriptor: SIGINT and SIGTERM make it readable, so that every wait of
 * the engine can end by it, without a race. */
#ifndef CLIENT_SHELL_INTERRUPT_H
#define CLIENT_SHELL_INTERRUPT_H

/* Installs the handlers; called again in a forked process, for a descriptor of its own.
 * Returns the descriptor, or -1. */
int interrupt_init(void);

/* Forgets interrupts that have come. */
void interrupt_clear(void);

#endif
