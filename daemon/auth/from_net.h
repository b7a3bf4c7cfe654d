/* SPDX-License-Identifier: BSD-2-Clause */
/* from_net.h - messages of NETs. */
#ifndef AUTH_FROM_NET_H
#define AUTH_FROM_NET_H

#include "daemon/auth/cell.h"

struct auth;

/* Receives and serves one message. */
void from_net_serve(struct auth *auth, struct cell *cell);

#endif
