/* SPDX-License-Identifier: BSD-2-Clause */
/* jail.h - JAIL: the process of a session that opens the user's files, and
 * has no network. */
#ifndef JAIL_H
#define JAIL_H

#include "daemon/protocol/auth_jail.h"
#include "daemon/config/config.h"
#include "daemon/roles.h"

/* Waits for auth to name the user, becomes that user, and serves its NET until NET is gone.  The
 * process is confined as ROLE_JAIL_BEFORE. */
_Noreturn void jail_run(const struct config *config, const struct role_ids *ids);

/* The second half: serves a NET in a process that is already the user, in the user's root.  Sets
 * the umask. who and zone (of LIST; NULL: UTC) must stay valid. */
_Noreturn void jail_serve(int net_channel, const struct jail_who *who, const struct zone *zone);

/* rehearsal.c: the self-test of this program.  NULL, or what failed, with errno. */
const char *jail_rehearse(enum role role);

#endif
