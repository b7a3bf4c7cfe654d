/* scribe.h - the scribe: writes every log. */
#ifndef SCRIBE_H
#define SCRIBE_H

#include "daemon/config/config.h"
#include "daemon/roles.h"

/* Serves until the master and the last process that logs are gone.  FD_MASTER
 * is open; takes config over (free(3)), and replaces it on FM_CONFIG. */
_Noreturn void scribe_run(struct config *config);

/* rehearsal.c: the self-test of this program.  NULL, or which part of the role's work failed: errno. */
const char *scribe_rehearse(enum role role);

#endif
