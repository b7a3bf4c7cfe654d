/* filter.h - the seccomp filters: one for each role, compiled once in the
 * master from the lists of roles.c, loaded in the children. */
#ifndef SANDBOX_FILTER_H
#define SANDBOX_FILTER_H

#include "daemon/roles.h"

/* Compiles the filters of all roles.  sandbox = report: what a list lacks is
 * logged by the kernel and done all the same.  0 or -errno, with one complaint. */
int filters_compile(const struct config *config, config_complain *complain, void *context);

/* Loads the role's filter into this process, for good; what is not on the
 * list then names role and call in the log and ends the process (law M5).
 * Dies where the kernel refuses.  Reads the mode back from the kernel. */
void filter_load(enum role role);

#endif
