/* SPDX-License-Identifier: BSD-2-Clause */
/* metrics.h - the process that serves the metrics. */
#ifndef METRICS_H
#define METRICS_H

#include "daemon/config/config.h"
#include "daemon/roles.h"

/* Serves until the master is gone.  FD_MASTER and FD_SCRIBE are open.  Owns config. */
_Noreturn void metrics_run(struct config *config);

/* rehearsal.c: the self-test of this program.  NULL, or the part of the role's work that failed:
 * errno. */
const char *metrics_rehearse(enum role role);

#endif
