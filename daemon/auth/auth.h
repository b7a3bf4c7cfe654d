/* SPDX-License-Identifier: BSD-2-Clause */
/* auth.h - the process that knows the users: it decides log-ins, counts failures
 * by address and sessions by user, and sends JAIL the user's identity. */
#ifndef AUTH_H
#define AUTH_H

#include "daemon/config/config.h"
#include "daemon/roles.h"

/* Serves until the master is gone and the last cell's channels have ended.
 * FD_MASTER and FD_SCRIBE are open.  Owns config (frees it on reload); *ids must
 * stay valid. */
_Noreturn void auth_run(struct config *config, const struct role_ids *ids);

/* check.c: looks at the files that the master hands over, and reports what is wrong; for `wardftpd
 * -t`. */
void auth_check(const struct config *config);

/* rehearsal.c: the self-test of this program.  NULL, or the part of the role's work that failed:
 * errno. */
const char *auth_rehearse(enum role role);

#endif
