/* SPDX-License-Identifier: BSD-2-Clause */
/* home.h - "~" in the paths of commands that read (law N7). */
#ifndef NET_HOME_H
#define NET_HOME_H

#include "daemon/net/session.h"

/* Resolves name into s->path.  It is taken literally; but if no such file exists and it begins
 * with "~", "~/" or "~USER" with the session's own log-in name, that is the home, which is the
 * root. 0, JAIL_BAD_NAME or ASK_LOST. */
uint32_t path_to_read(struct session *s, const char *name);

#endif
