/* SPDX-License-Identifier: BSD-2-Clause */
/* allowed.h - which commands the policy permits this user.  JAIL enforces the
 * rights; NET refuses early, and says why. */
#ifndef NET_ALLOWED_H
#define NET_ALLOWED_H

#include "daemon/net/session.h"

/* Why the user may not give the command, by its verb in the table; NULL: he may.  Before the
 * log-in: NULL. */
const char *command_refusal(const struct session *s, const char *verb);

/* The letters of the perm fact whose commands the policy's lists refuse: PERM_BITs. */
uint32_t perm_bits_refused(const struct session *s);

/* Is it denied_commands or allowed_commands that refuses it? */
bool command_is_disabled(const struct session *s, const char *verb);

#endif
