/* SPDX-License-Identifier: BSD-2-Clause */
/* client.h - a client that was accepted and has no session yet. */
#ifndef MASTER_CLIENT_H
#define MASTER_CLIENT_H

#include "daemon/master/per_address.h"
#include "daemon/protocol/to_net.h"
#include "daemon/protocol/to_scribe.h"

#include <stdbool.h>
#include <stdint.h>

struct master;

enum client_result {
    CLIENT_SERVED,
    CLIENT_ENDED,
    CLIENT_BANNED,
    CLIENT_HAS_NO_CELL,
    CLIENT_FAILED
};

/* Is its address or network banned, and not named by ban_never? */
bool client_is_banned(const struct master *master, const struct address_entry *entry,
                      const struct to_net_client *client, int64_t now);

/* Has its connection been reset, or closed by both sides?  If others_wait: or
 * closed by the client, with no byte unread?  events: of poll, POLLRDHUP included. */
bool client_has_ended(int socket, short events, bool others_wait);

/* Hands it to an idle cell, unless it has ended. */
enum client_result client_hand_over(struct master *master, struct to_net_client *client, int socket,
                                    struct address_entry *entry, bool others_wait);

/* Closes the master's copy of the socket, after a reply where no cell gives one. */
void client_settle(struct master *master, const struct to_net_client *client, int socket,
                   enum client_result result);

/* Sends the reply and closes the socket; the log says which limit it is. */
void client_refuse(struct master *master, const struct to_net_client *client, int socket,
                   enum limit limit, const char *reply);
/* The same for an address that is banned, or may not connect, as ban_reply says. */
void client_refuse_address(struct master *master, const struct to_net_client *client, int socket,
                           enum limit limit, const char *reply);
void client_refuse_banned(struct master *master, const struct to_net_client *client, int socket);
/* the reply where no cell can be had */
extern const char client_not_available[];

#endif
