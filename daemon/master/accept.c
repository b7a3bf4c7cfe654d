/* accept.c - runs in the master: takes clients from the listeners, checks the
 * limits, hands the socket to an idle cell or lets it wait for one (waiting.c).
 * No fork, no name look-up, no file is on this path. */
#include "daemon/master/master.h"

#include "common/addr.h"
#include "common/text.h"
#include "daemon/ipc/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 64 };

/* The client hears why (law R5) and nobody waits for it to read: the reply
 * fits the empty send buffer.  To an implicit TLS listener no reply can be said. */
void accept_refuse(struct master *master, const struct to_net_client *client, int socket, const char *reply)
{
    char line[REPLY_ROOM];
    master->refused++;
    if (!master->config->listeners[client->listener].implicit_tls)
        (void)send(socket, reply, strlen(reply), MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)shutdown(socket, SHUT_WR);
    close(socket);
    (void)text_format(line, sizeof line, "%.*s", (int)strcspn(reply, "\r"), reply);
    log_refused(&client->peer, line);
}

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

/* The address comes first: one that has no more of its own takes none of its network's. */
static const char *connects_reached(const struct config *config, struct address_entry *entry, int64_t now,
                                    uint32_t *limit)
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

/* The words of the limit that this client passes, which is counted already, and its number; NULL: none. */
static const char *limit_reached(const struct master *master, struct address_entry *entry, int64_t now,
                                 uint32_t *limit)
{
    const struct config *config = master->config;
    *limit = config->max_sessions;
    if (master->busy.count + master->waiting.count >= *limit)
        return "Too many connections (%u)";
    const char *words = sessions_reached(config, entry, limit);
    return words ? words : connects_reached(config, entry, now, limit);
}

/* format: of limit_reached, with the limit's number in it. */
static void refuse_limit(struct master *master, const struct to_net_client *client, int socket,
                         const char *format, uint32_t limit)
{
    char words[REPLY_ROOM / 2], reply[REPLY_ROOM];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    (void)text_format(words, sizeof words, format, limit);
#pragma GCC diagnostic pop
    (void)text_format(reply, sizeof reply, "421 %s; try again later.\r\n", words);
    accept_refuse(master, client, socket, reply);
}

static void refuse_banned(struct master *master, const struct to_net_client *client, int socket)
{
    if (master->config->ban_reply == BAN_IS_SILENT)
        close(socket);
    else
        accept_refuse(master, client, socket, "421 Your address is banned for a time; try again later.\r\n");
}

bool accept_is_banned(const struct master *master, const struct address_entry *entry,
                      const struct to_net_client *client, int64_t now)
{
    return address_is_banned(entry, now) && !addr_in_blocks(&client->peer, master->config->ban_never);
}

static bool network_is_full(const struct config *config, const struct address_entry *entry)
{
    const struct address_entry *network = address_network(entry);
    return network && address_sessions(network) > config->max_sessions_per_address * ADDR_NETWORK_FACTOR;
}

/* Clients that have ended while they waited fill no limit. */
static void make_room(struct master *master, struct address_entry *entry)
{
    const struct config *config = master->config;
    if (address_sessions(entry) > config->max_sessions_per_address)
        waiting_drop_ended(master, entry);
    if (network_is_full(config, entry) || master->busy.count + master->waiting.count >= config->max_sessions)
        waiting_drop_all_ended(master);
}

static bool within_limits(struct master *master, const struct to_net_client *client, int socket,
                          struct address_entry *entry)
{
    uint32_t limit;
    if (accept_is_banned(master, entry, client, client->accepted_ms)) {
        refuse_banned(master, client, socket);
        return false;
    }
    make_room(master, entry);
    const char *words = limit_reached(master, entry, client->accepted_ms, &limit);
    if (words)
        refuse_limit(master, client, socket, words, limit);
    return !words;
}

/* A cell that dies in this very moment has not taken the socket: the next one gets it. */
enum client_result accept_hand_over(struct master *master, struct to_net_client *client, int socket,
                                    struct address_entry *entry, bool others_wait)
{
    struct cell *cell;
    short events;
    while ((cell = pool_take(master, socket, &events)) != NULL) {
        if (client_has_ended(socket, events, others_wait))
            return CLIENT_ENDED;
        client->session = ++master->next_session;
        const int error = cell_serve(master, cell, client, socket);
        if (!error) {
            cell->address = entry;
            master->arrivals++;
            master->young_deaths = 0;
            return CLIENT_SERVED;
        }
        cell_end(master, cell);
        if (error != -EPIPE && error != -ECONNRESET) {
            shortage_met(master, "a client can't be handed over", -error);
            return CLIENT_FAILED; /* the next cell would fare no better */
        }
    }
    return CLIENT_HAS_NO_CELL;
}

void accept_settle(struct master *master, const struct to_net_client *client, int socket,
                   enum client_result result)
{
    char address[ADDR_TEXT_ROOM];
    switch (result) {
    case CLIENT_SERVED:
        close(socket);
        break;
    case CLIENT_ENDED:
        close(socket);
        log_note(LOG_LEVEL_DEBUG, "address=%s ended the connection before it was served",
                 addr_text(&client->peer, address));
        break;
    case CLIENT_BANNED:
        refuse_banned(master, client, socket);
        break;
    case CLIENT_HAS_NO_CELL:
    case CLIENT_FAILED:
        accept_refuse(master, client, socket,
                      "421 The service is not available at the moment; try again later.\r\n");
        break;
    }
}

/* Counted as a session already.  True: it stays one, served or waiting. */
static bool serve_or_wait(struct master *master, const struct listener *listener,
                          struct to_net_client *client, int socket, struct address_entry *entry)
{
    enum client_result result = CLIENT_HAS_NO_CELL;
    if (!master->waiting.first)
        result = accept_hand_over(master, client, socket, entry, false);
    if (result == CLIENT_HAS_NO_CELL) {
        pool_hurry(master);
        if (pool_is_soon(master) && waiting_add(master, listener, client, socket, entry))
            return true;
    }
    accept_settle(master, client, socket, result);
    return result == CLIENT_SERVED;
}

static void admit(struct master *master, const struct listener *listener, struct to_net_client *client,
                  int socket)
{
    struct address_entry *entry = address_find(master->addresses, &client->peer);
    if (!entry) {
        accept_refuse(master, client, socket, "421 The server is out of memory; try again later.\r\n");
        return;
    }
    address_add(entry);
    if (!within_limits(master, client, socket, entry) ||
        !serve_or_wait(master, listener, client, socket, entry))
        address_remove(master->addresses, entry);
}

/* Descriptors have run out: the spare one is given up to tell one client, and
 * got back; else the backlog would wake us for ever and nobody would hear.
 * False: that did not help either. */
static bool refuse_without_descriptors(struct master *master, const struct listener *listener)
{
    static const char reply[] = "421 The server is out of descriptors; try again later.\r\n";
    if (master->spare_fd >= 0)
        close(master->spare_fd);
    const int socket = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    const bool heard = socket >= 0 || errno == EAGAIN;
    if (socket >= 0) {
        if (!master->config->listeners[listener->index].implicit_tls)
            (void)send(socket, reply, sizeof reply - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
        close(socket);
    }
    master->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return heard;
}

/* What is to be done after a failed accept4: true where the next one may succeed. */
static bool accept_again(struct master *master, const struct listener *listener, int error)
{
    const bool shortage = error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
    if (shortage) {
        shortage_met(master, "clients can't be accepted", error);
        if (!refuse_without_descriptors(master, listener))
            shortage_pause(master);
    }
    return error != EAGAIN && !shortage; /* else ECONNABORTED, or what the network did meanwhile */
}

void accept_clients(struct master *master, struct watch *watch)
{
    const struct listener *listener = (const struct listener *)watch;
    for (int i = 0; i < BATCH; i++) {
        struct to_net_client client;
        memset(&client, 0, sizeof client);
        client.head.type = TO_NET_CLIENT;
        client.listener = listener->index;
        socklen_t size = sizeof client.peer;
        const int socket =
            accept4(listener->fd, (struct sockaddr *)&client.peer, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket < 0) {
            if (!accept_again(master, listener, errno))
                return;
            continue;
        }
        size = sizeof client.local;
        if (getsockname(socket, (struct sockaddr *)&client.local, &size) != 0) {
            close(socket);
            continue;
        }
        addr_unmap(&client.peer);
        addr_unmap(&client.local);
        client.accepted_ms = now_ms();
        admit(master, listener, &client, socket);
    }
}
