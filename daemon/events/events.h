/* SPDX-License-Identifier: BSD-2-Clause */
/* events.h - the process events: serves events_socket. */
#ifndef EVENTS_H
#define EVENTS_H

#include "daemon/config/config.h"
#include "daemon/roles.h"

/* Runs until the master and the scribe have ended.  FD_MASTER and FD_SCRIBE are open.  Owns config
 * from now on, and replaces it on FM_CONFIG. */
_Noreturn void events_run(struct config *config);

/* rehearsal.c: the self-test of this program.  NULL, or which part of the role's work failed:
 * errno. */
const char *events_rehearse(enum role role);

#endif
