/* SPDX-License-Identifier: BSD-2-Clause */
/* accept.c - runs in the master: takes clients from the listeners and checks the
 * limits; then each client gets an idle cell (client.c), or waits for one
 * (waiting.c).  No fork, no name look-up and no file is on this path. */
#include "daemon/master/accept.h"

#include "common/addr.h"
#include "common/text.h"
#include "daemon/ipc/log.h"
#include "daemon/master/cell.h"
#include "daemon/master/client.h"
#include "daemon/master/greetings.h"
#include "daemon/master/listen.h"
#include "daemon/master/master.h"
#include "daemon/master/pool.h"
#include "daemon/master/shortage.h"
#include "daemon/master/waiting.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BATCH = 64 };

/* The limit of an address, and that of its network. */
static const char *sessions_reached(const struct config *config, const struct address_entry *entry,
                                    uint32_t *limit)
{
    const struct address_entry *network = address_network(entry);
    *limit = config->max_sessions_per_address;
    if (address_sessions(entry) > *limit)
        return "Too many connections from your address (%u)";
    *limit *= ADDR_NETWORK_FACTOR;
    if (network && address_sessions(network) > *limit)
        return "Too many connections from your network (%u)";
    return NULL;
}

/* The address first: where it has no token left, its network keeps its own. */
static const char *connects_reached(const struct config *config, struct address_entry *entry,
                                    int64_t now, uint32_t *limit)
{
    struct address_entry *network = address_network(entry);
    const uint32_t at_once = config->connects_at_once;
    *limit = config->connects_per_second;
    if (!address_may_connect(entry, *limit, at_once, now))
        return "Too many new connections from your address (%u a second)";
    *limit *= ADDR_NETWORK_FACTOR;
    if (network && !address_may_connect(network, *limit, at_once * ADDR_NETWORK_FACTOR, now))
        return "Too many new connections from your network (%u a second)";
    return NULL;
}

/* The words of the limit that this client passes, which is counted already, and its number; NULL:
 * none. */
static const char *limit_reached(const struct master *master, struct address_entry *entry,
                                 int64_t now, uint32_t *limit, enum limit *which)
{
    const struct config *config = master->config;
    *limit = config->max_sessions;
    *which = LIMIT_SESSIONS;
    if (master->cells->busy.count + master->clients_waiting >= *limit)
        return "Too many connections (%u)";
    *which = LIMIT_ADDRESS;
    const char *format = sessions_reached(config, entry, limit);
    if (format)
        return format;
    *which = LIMIT_CONNECTS;
    return connects_reached(config, entry, now, limit);
}

/* format: of limit_reached, with the limit's number in it. */
static void refuse_limit(struct master *master, const struct to_net_client *client, int socket,
                         const char *format, uint32_t limit, enum limit which)
{
    char words[REPLY_ROOM / 2], reply[REPLY_ROOM];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    (void)text_format(words, sizeof words, format, limit);
#pragma GCC diagnostic pop
    (void)text_format(reply, sizeof reply, "421 %s; try again later.\r\n", words);
    client_refuse(master, client, socket, which, reply);
}

static bool network_is_full(const struct config *config, const struct address_entry *entry)
{
    const struct address_entry *network = address_network(entry);
    return network &&
           address_sessions(network) > config->max_sessions_per_address * ADDR_NETWORK_FACTOR;
}

/* Waiting clients that have ended do not count. */
static void make_room(struct master *master, struct address_entry *entry)
{
    const struct config *config = master->config;
    if (address_sessions(entry) > config->max_sessions_per_address)
        waiting_drop_ended(master, entry);
    if (network_is_full(config, entry) ||
        master->cells->busy.count + master->clients_waiting >= config->max_sessions)
        waiting_drop_all_ended(master);
}

static bool within_limits(struct master *master, const struct to_net_client *client, int socket,
                          struct address_entry *entry)
{
    uint32_t limit;
    enum limit which;
    if (client_is_banned(master, entry, client, client->accepted_ms)) {
        client_refuse_banned(master, client, socket);
        return false;
    }
    make_room(master, entry);
    const char *format = limit_reached(master, entry, client->accepted_ms, &limit, &which);
    if (format)
        refuse_limit(master, client, socket, format, limit, which);
    return !format;
}

/* The client counts as a session already.  True: it stays one, served or waiting. */
static bool serve_or_wait(struct master *master, const struct listener *listener,
                          struct to_net_client *client, int socket, struct address_entry *entry)
{
    enum client_result result = CLIENT_HAS_NO_CELL;
    if (master->clients_waiting == 0)
        result = client_hand_over(master, client, socket, entry, false);
    if (result == CLIENT_HAS_NO_CELL) {
        pool_hurry(master);
        if (pool_is_soon(master) && waiting_add(master, listener, client, socket, entry))
            return true;
    }
    client_settle(master, client, socket, result);
    return result == CLIENT_SERVED;
}

static bool may_connect(const struct config *config, const struct to_net_client *client)
{
    const struct listener_config *listener = &config->listeners[client->listener];
    return addr_is_allowed(&client->peer, config->allowed_addresses, config->denied_addresses) &&
           addr_is_allowed(&client->peer, listener->allowed_addresses, listener->denied_addresses);
}

void accept_client(struct master *master, const struct listener *listener,
                   struct to_net_client *client, int socket)
{
    if (!may_connect(master->config, client)) {
        client_refuse_address(master, client, socket, LIMIT_ADDRESSES,
                              "421 Connections from your address are not allowed.\r\n");
        return;
    }
    struct address_entry *entry = address_find(master->addresses, &client->peer);
    if (!entry) {
        client_refuse(master, client, socket, LIMIT_UNAVAILABLE,
                      "421 The server is out of memory; try again later.\r\n");
        return;
    }
    address_add(entry);
    if (!within_limits(master, client, socket, entry) ||
        !serve_or_wait(master, listener, client, socket, entry))
        address_remove(master->addresses, entry);
}

/* No descriptor is left: closes the spare one to refuse one client, and opens it
 * again; otherwise the backlog would wake the master again and again.  False:
 * that did not help. */
static bool refuse_without_descriptors(struct master *master, const struct listener *listener)
{
    static const char reply[] = "421 The server is out of descriptors; try again later.\r\n";
    if (master->spare_fd >= 0)
        close(master->spare_fd);
    const int socket = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    const bool taken = socket >= 0 || errno == EAGAIN;
    if (socket >= 0) {
        if (!master->config->listeners[listener->index].implicit_tls)
            (void)send(socket, reply, sizeof reply - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
        close(socket);
    }
    master->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return taken;
}

/* After a failed accept4: may the next one succeed? */
static bool accept_again(struct master *master, const struct listener *listener, int error)
{
    const bool shortage = error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
    if (shortage) {
        shortage_met(master, "clients can't be accepted", error);
        if (!refuse_without_descriptors(master, listener))
            listeners_pause(master);
    }
    return error != EAGAIN && !shortage; /* else ECONNABORTED, or an error of the network */
}

void accept_tick(struct master *master)
{
    if (master->spare_fd < 0)
        master->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* The socket of a new client, described in *client but for the server's address; -1: errno. */
static int accept_one(const struct listener *listener, struct to_net_client *client)
{
    socklen_t size = sizeof client->peer;
    memset(client, 0, sizeof *client);
    client->head.type = TO_NET_CLIENT;
    client->listener = listener->index;
    return accept4(listener->fd, (struct sockaddr *)&client->peer, &size,
                   SOCK_NONBLOCK | SOCK_CLOEXEC);
}

void accept_clients(struct master *master, struct watch *watch)
{
    const struct listener *listener = WATCH_OWNER(struct listener, watch, watch);
    for (int i = 0; i < BATCH; i++) {
        struct to_net_client client;
        socklen_t size = sizeof client.local;
        const int socket = accept_one(listener, &client);
        if (socket < 0) {
            if (!accept_again(master, listener, errno))
                return;
            continue;
        }
        if (getsockname(socket, (struct sockaddr *)&client.local, &size) != 0) {
            close(socket);
            continue;
        }
        addr_unmap(&client.peer);
        addr_unmap(&client.local);
        client.accepted_ms = now_ms();
        if (*master->config->listeners[listener->index].proxy_from)
            greetings_add(master, listener, &client, socket);
        else
            accept_client(master, listener, &client, socket);
    }
}
