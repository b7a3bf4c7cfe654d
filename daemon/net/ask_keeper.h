/* SPDX-License-Identifier: BSD-2-Clause */
/* ask_keeper.h - signatures of the keeper, which holds the private keys. */
#ifndef NET_ASK_KEEPER_H
#define NET_ASK_KEEPER_H

#include "daemon/protocol/net_keeper.h"

#include <stdbool.h>
#include <stddef.h>

/* The channel to the keeper; -1: none.  One that did not answer in time is closed for writing
 * and not used again. */
void keeper_set_channel(int channel);

/* Is there a keeper, as far as this process knows?  If not, AUTH gets 431. */
bool keeper_is_reachable(void);

/* Has the text signed; blocks for at most five seconds.  The caller fills all of ask but its
 * serial.  The signature's length in bytes; 0: refused, or no keeper. */
size_t ask_keeper(struct keeper_sign *ask, unsigned char *signature, size_t room);

#endif
