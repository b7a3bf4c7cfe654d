/* SPDX-License-Identifier: BSD-2-Clause */
/* greeter.h - the process that reads the PROXY headers of balancers. */
#ifndef GREETER_H
#define GREETER_H

#include "daemon/config/config.h"
#include "daemon/roles.h"

/* Reads a header from each socket that the master sends, until the master is gone.  FD_MASTER and
 * FD_SCRIBE are open. */
_Noreturn void greeter_run(struct config *config);

/* rehearsal.c: the self-test of this program.  NULL, or the part of the role's work that failed:
 * errno. */
const char *greeter_rehearse(enum role role);

#endif
