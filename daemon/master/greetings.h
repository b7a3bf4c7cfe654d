/* SPDX-License-Identifier: BSD-2-Clause */
/* greetings.h - connections of balancers (proxy_from) whose PROXY header the greeter is to read. */
#ifndef MASTER_GREETINGS_H
#define MASTER_GREETINGS_H

#include "daemon/master/listen.h"
#include "daemon/protocol/from_master.h"
#include "daemon/protocol/to_net.h"

#include <stdint.h>

/* Takes a client whose address is known (accept.h). */
typedef void admit_client(struct master *master, const struct listener *listener,
                          struct to_net_client *client, int socket);

/* NULL: no memory. */
struct greetings *greetings_new(admit_client *admit);

/* A new connection of a listener with proxy_from.  Takes the socket. */
void greetings_add(struct master *master, const struct listener *listener,
                   const struct to_net_client *client, int socket);

/* A new greeter runs: it gets those that are pending. */
void greetings_send_again(struct master *master);

/* The greeter has answered; the message is valid. */
void greetings_answer(struct master *master, const struct tm_greeted *message);

/* Ends those that have waited too long; ends all. */
void greetings_tick(struct master *master, int64_t now);
void greetings_end(struct master *master);

#endif
