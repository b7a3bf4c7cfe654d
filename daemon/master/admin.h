/* SPDX-License-Identifier: BSD-2-Clause */
/* admin.h - what an administrator asks of the master. */
#ifndef MASTER_ADMIN_H
#define MASTER_ADMIN_H

#include "daemon/protocol/control.h"

struct master;

/* Does what is asked, and answers. */
void admin_ask(struct master *master, const struct control_ask *ask);

#endif
