/* SPDX-License-Identifier: BSD-2-Clause */
/* dispatch.h - runs the client's commands. */
#ifndef NET_DISPATCH_H
#define NET_DISPATCH_H

#include "daemon/net/session.h"

/* Runs the line that is ready in s->in. */
enum step dispatch_line(struct session *s);

#endif
