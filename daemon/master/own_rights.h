/* SPDX-License-Identifier: BSD-2-Clause */
/* own_rights.h - the capabilities that the master is started with. */
#ifndef MASTER_OWN_RIGHTS_H
#define MASTER_OWN_RIGHTS_H

#include "daemon/master/complaint.h"

#include <stdbool.h>
#include <sys/capability.h>

/* One complaint for each capability that is missing; a container may withhold some.  0, or -EPERM
 * where one is needed. */
int own_rights_check(const struct complaint *to);

/* Does this process have it? */
bool own_rights_have(cap_value_t capability);

#endif
