/* SPDX-License-Identifier: BSD-2-Clause */
/* checker.h - the socket of the administrator's checker. */
#ifndef MASTER_CHECKER_H
#define MASTER_CHECKER_H

#include "daemon/config/config.h"
#include "daemon/roles.h"

/* Connects `checker`.  Its socket, the directory that holds it, and the process that listens belong
 * to root or to one account of the system, which may not log in; no one else may write to that
 * directory.  The descriptor, which does not block, or -errno with *fault. */
int checker_connect(const struct config *config, const struct role_ids *ids, const char **fault);

#endif
