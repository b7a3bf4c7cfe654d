/* SPDX-License-Identifier: BSD-2-Clause */
/* listener.h - accepts data connections. */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include "daemon/net/session.h"

/* The next connection of the session's own client; -EAGAIN: none is there; -errno. */
int listener_accept(const struct session *s, int listener);

#endif
