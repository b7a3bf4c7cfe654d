/* allowed.h - what the policy lets this user ask for: told here early and in
 * good words; JAIL enforces the rights. */
#ifndef NET_ALLOWED_H
#define NET_ALLOWED_H

#include "daemon/net/commands.h"

/* Why the user may not give this command, or NULL.  Before the log-in: NULL. */
const char *command_refusal(const struct session *s, const struct command *command);

/* The letters of the perm fact that promise what the policy's lists of commands refuse: PERM_BITs. */
uint32_t commands_withheld(const struct session *s);

#endif
