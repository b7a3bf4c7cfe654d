/* ask_keeper.h - one question to the keeper, over the channel of remote_key.h. */
#ifndef ASK_KEEPER_H
#define ASK_KEEPER_H

#include "daemon/protocol/net_keeper.h"
#include "daemon/net/remote_key.h"

#include <stdbool.h>
#include <stddef.h>

/* Has the text signed; blocks for at most five seconds.  ask: filled but for
 * its serial.  The signature's length in bytes; 0: refused, or no keeper. */
size_t ask_keeper(struct keeper_sign *ask, unsigned char *signature, size_t room);

#endif
