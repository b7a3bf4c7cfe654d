/* SPDX-License-Identifier: BSD-2-Clause */
/* confine.h - the master's own role. */
#ifndef MASTER_CONFINE_H
#define MASTER_CONFINE_H

#include "daemon/master/complaint.h"

struct master;

/* Has this process the capabilities that the configuration asks for?  0, or -EPERM after a
 * complaint. */
int confine_check(const struct master *master, const struct complaint *to);

/* Takes the role for good; ends the process where a step fails. */
void confine_master(const struct master *master);

#endif
