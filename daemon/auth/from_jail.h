/* SPDX-License-Identifier: BSD-2-Clause */
/* from_jail.h - messages of JAILs. */
#ifndef AUTH_FROM_JAIL_H
#define AUTH_FROM_JAIL_H

#include "daemon/auth/cell.h"

struct auth;

/* Receives and serves one message.  False: there is none, or the channel has ended. */
bool from_jail_serve(struct auth *auth, struct cell *cell);

#endif
