/* become.h - JAIL's one step from nobody to the user. */
#ifndef JAIL_BECOME_H
#define JAIL_BECOME_H

#include "daemon/protocol/auth_jail.h"
#include "daemon/config/config.h"
#include "daemon/roles.h"

/* Waits for auth's message, becomes that user in that user's home, and says so
 * to auth.  Returns only then; ends the process where NET or auth are gone
 * before, where the message may not be, or where a step fails. */
void become_user(const struct config *config, const struct role_ids *ids, struct jail_who *who);

#endif
