/* SPDX-License-Identifier: BSD-2-Clause */
/* become.h - JAIL becomes the user. */
#ifndef JAIL_BECOME_H
#define JAIL_BECOME_H

#include "daemon/protocol/auth_jail.h"
#include "daemon/config/config.h"
#include "daemon/roles.h"

/* Waits for auth's message, becomes that user in that user's home, and answers auth.  Ends the
 * process if NET or auth is gone, if the message is invalid, or if a step fails. */
void become_user(const struct config *config, const struct role_ids *ids, struct jail_who *who);

#endif
