/* control.h - the process that serves the control socket. */
#ifndef CONTROL_H
#define CONTROL_H

#include "daemon/config.h"

/* Serves wardctl until the master is gone.  FD_MASTER and FD_SCRIBE are open.
 * Takes config over. */
_Noreturn void control_run(struct config *config);

#endif
