/* SPDX-License-Identifier: BSD-2-Clause */
/* control.h - the process that serves the control socket. */
#ifndef CONTROL_H
#define CONTROL_H

#include "daemon/config/config.h"
#include "daemon/roles.h"

/* Serves wardctl until the master is gone.  FD_MASTER and FD_SCRIBE are open.
 * Owns config. */
_Noreturn void control_run(struct config *config);

/* rehearsal.c: the self-test of this program.  NULL, or the part of the role's work that failed:
 * errno. */
const char *control_rehearse(enum role role);

#endif
