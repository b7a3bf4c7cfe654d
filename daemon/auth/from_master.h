/* SPDX-License-Identifier: BSD-2-Clause */
/* from_master.h - messages of the master. */
#ifndef AUTH_FROM_MASTER_H
#define AUTH_FROM_MASTER_H

#include "daemon/ipc/master_channel.h"

struct auth;

/* Handles all messages that have arrived: they must be known before any cell is served. */
void from_master_read(struct auth *auth, enum master_reading reading);

#endif
