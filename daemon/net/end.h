/* SPDX-License-Identifier: BSD-2-Clause */
/* end.h - how a session ends. */
#ifndef NET_END_H
#define NET_END_H

#include "daemon/net/session.h"

/* Ends the session.  The first reason counts. */
void session_lose(struct session *s, enum left_reason reason);

/* Must a running transfer end at once: after ABOR, without a client, or by order of the master? */
bool session_cut(const struct session *s);

#endif
