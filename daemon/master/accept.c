/* accept.c - runs in the master: takes clients from the listeners, checks the
 * limits, hands the socket to an idle cell.  No fork, no name look-up, no file
 * is on this path while the pool has cells. */
#include "daemon/master/master.h"

#include "common/addr.h"
#include "common/text.h"
#include "daemon/border/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 64 };

/* The client hears why (law R5) and nobody waits for it to read: the reply
 * fits the empty send buffer.  To an implicit TLS listener no reply can be said. */
static void refuse(struct master *master, const struct to_net_client *client, int socket, const char *reply)
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

/* The words of the limit that the address has reached, and its number; NULL: none. */
static const char *limit_reached(const struct master *master, struct address_entry *entry, int64_t now,
                                 uint32_t *limit)
{
    const struct config *config = master->config;
    *limit = config->max_sessions;
    if (master->busy.count >= *limit)
        return "Too many connections (%u)";
    *limit = config->max_sessions_per_address;
    if (address_sessions(entry) >= *limit)
        return "Too many connections from your address (%u)";
    *limit = config->connects_per_second;
    if (!address_may_connect(entry, *limit, config->connects_at_once, now))
        return "Too many new connections from your address (%u a second)";
    return NULL;
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
    refuse(master, client, socket, reply);
}

static void refuse_banned(struct master *master, const struct to_net_client *client, int socket)
{
    if (master->config->ban_reply == BAN_IS_SILENT)
        close(socket);
    else
        refuse(master, client, socket, "421 Your address is banned for a time; try again later.\r\n");
}

static bool within_limits(struct master *master, const struct to_net_client *client, int socket,
                          struct address_entry *entry)
{
    uint32_t limit;
    if (address_is_banned(entry, client->accepted_ms)) {
        refuse_banned(master, client, socket);
        return false;
    }
    const char *words = limit_reached(master, entry, client->accepted_ms, &limit);
    if (words)
        refuse_limit(master, client, socket, words, limit);
    return !words;
}

/* A cell that dies in this very moment has not taken the socket: the next one gets it. */
static bool hand_over(struct master *master, struct to_net_client *client, int socket,
                      struct address_entry *entry)
{
    struct cell *cell;
    while ((cell = pool_take(master)) != NULL) {
        client->session = ++master->next_session;
        const int error = cell_serve(master, cell, client, socket);
        if (!error) {
            cell->address = entry;
            address_add(entry);
            master->young_deaths = 0;
            return true;
        }
        cell_end(master, cell);
        if (error != -EPIPE && error != -ECONNRESET) {
            shortage_met(master, "a client can't be handed over", -error);
            return false; /* the next cell would fare no better */
        }
    }
    return false;
}

static void admit(struct master *master, struct to_net_client *client, int socket)
{
    struct address_entry *entry = address_find(master->addresses, &client->peer);
    if (!entry) {
        refuse(master, client, socket, "421 The server is out of memory; try again later.\r\n");
        return;
    }
    if (within_limits(master, client, socket, entry)) {
        if (hand_over(master, client, socket, entry)) {
            close(socket);
            return;
        }
        refuse(master, client, socket,
               "421 The service is not available at the moment; try again later.\r\n");
    }
    address_drop_if_idle(master->addresses, entry, client->accepted_ms);
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
    for (int i = 0; i < BATCH && pool_ready(master); i++) {
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
        admit(master, &client, socket);
    }
}
