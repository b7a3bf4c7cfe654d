/* SPDX-License-Identifier: BSD-2-Clause */
/* scribe.h - the scribe: writes every log. */
#ifndef SCRIBE_H
#define SCRIBE_H

#include "daemon/config/config.h"
#include "daemon/roles.h"

/* Runs until the master and every process that logs have ended.  FD_MASTER is
 * open.  Owns config from now on, and replaces it on FM_CONFIG. */
_Noreturn void scribe_run(struct config *config);

/* rehearsal.c: the self-test of this program.  NULL, or which part of the role's work failed:
 * errno. */
const char *scribe_rehearse(enum role role);

#endif
