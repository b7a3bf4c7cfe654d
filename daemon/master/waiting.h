/* SPDX-License-Identifier: BSD-2-Clause */
/* waiting.h - clients that wait for a cell, at most 10 seconds.  Their number
 * (master.clients_waiting) is bounded by max_sessions and
 * max_sessions_per_address, as they count as sessions. */
#ifndef MASTER_WAITING_H
#define MASTER_WAITING_H

#include "daemon/master/client.h"
#include "daemon/master/listen.h"

#include <stdbool.h>
#include <stdint.h>

/* NULL: no memory. */
struct waiting_room *waiting_new(void);

/* Takes over the socket, and the address, which counts the client already.  False: no memory. */
bool waiting_add(struct master *master, const struct listener *listener,
                 const struct to_net_client *client, int socket, struct address_entry *address);

/* Drops clients that have ended: those of one address, or all. */
void waiting_drop_ended(struct master *master, struct address_entry *address);
void waiting_drop_all_ended(struct master *master);

/* Gives idle cells to clients; refuses all of them where no cell is about to be idle. */
void waiting_serve(struct master *master);

/* Refuses those that have waited too long. */
void waiting_tick(struct master *master, int64_t now);

/* Refuses all: the daemon stops. */
void waiting_end(struct master *master);

/* The configuration has changed, and with it the listeners' indices. */
void waiting_follow_listeners(struct master *master);

/* For an upgrade: into the image, and out of it, after the addresses.  False: no memory. */
void waiting_keep(const struct master *master, struct keeping *keeping);
bool waiting_restore(struct master *master, const struct kept_head *head,
                     struct kept_reader *reader);

#endif
