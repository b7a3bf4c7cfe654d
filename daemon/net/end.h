/* end.h - how a session ends. */
#ifndef NET_END_H
#define NET_END_H

#include "daemon/net/session.h"

/* The session is over, for the first reason that was given. */
void session_lose(struct session *s, enum left_reason reason);

/* Must a running transfer end at once?  ABOR, a lost client, or the master's word. */
bool session_cut(const struct session *s);

#endif
