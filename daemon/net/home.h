/* home.h - "~" in the paths of commands that read (law N7). */
#ifndef NET_HOME_H
#define NET_HOME_H

#include "daemon/net/session.h"

/* The path that name means, into s->path: the literal name; where there is none and it begins with "~",
 * "~/" or "~" and the session's own log-in name, the home, which is the root.  0, JAIL_BAD_NAME or ASK_LOST. */
uint32_t path_to_read(struct session *s, const char *name);

#endif
