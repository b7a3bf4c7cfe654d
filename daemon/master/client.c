/* SPDX-License-Identifier: BSD-2-Clause */
/* client.c - runs in the master: gives an accepted client to a cell, or refuses
 * it.  The kernel is asked about its socket (poll, SIOCINQ); no byte of it is
 * read (invariant I1). */
#include "daemon/master/client.h"

#include "common/addr.h"
#include "common/text.h"
#include "daemon/ipc/log.h"
#include "daemon/master/cell.h"
#include "daemon/master/master.h"
#include "daemon/master/outside.h"
#include "daemon/master/metrics.h"
#include "daemon/master/pool.h"
#include "daemon/master/shortage.h"
#include "daemon/master/trace.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

const char client_not_available[] =
    "421 The service is not available at the moment; try again later.\r\n";

/* The client learns why (law R5), and the master does not wait for it: the reply
 * fits the empty send buffer.  A client of an implicit TLS listener gets none. */
void client_refuse(struct master *master, const struct to_net_client *client, int socket,
                   enum limit limit, const char *reply)
{
    char line[REPLY_ROOM];
    master->refused++;
    metrics_count_refused(master->metrics, limit);
    if (!master->config->listeners[client->listener].implicit_tls)
        (void)send(socket, reply, strlen(reply), MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)shutdown(socket, SHUT_WR);
    close(socket);
    (void)text_format(line, sizeof line, "%.*s", (int)strcspn(reply, "\r"), reply);
    log_refused(&client->peer, limit, line);
}

void client_refuse_address(struct master *master, const struct to_net_client *client, int socket,
                           enum limit limit, const char *reply)
{
    if (master->config->ban_reply == BAN_IS_SILENT) {
        master->refused++;
        metrics_count_refused(master->metrics, limit);
        close(socket);
        log_refused(&client->peer, limit, "");
    } else {
        client_refuse(master, client, socket, limit, reply);
    }
}

void client_refuse_banned(struct master *master, const struct to_net_client *client, int socket)
{
    client_refuse_address(master, client, socket, LIMIT_BAN,
                          "421 Your address is banned for a time; try again later.\r\n");
}

bool client_is_banned(const struct master *master, const struct address_entry *entry,
                      const struct to_net_client *client, int64_t now)
{
    return address_is_banned(entry, now) &&
           !addr_in_blocks(&client->peer, master->config->ban_never);
}

bool client_has_ended(int socket, short events, bool others_wait)
{
    int unread = 0;
    if (events & (POLLHUP | POLLERR | POLLNVAL))
        return true;
    if (!others_wait || !(events & POLLRDHUP))
        return false;
    return ioctl(socket, SIOCINQ, &unread) == 0 && unread == 0;
}

/* A cell that ends at this moment has not taken the socket: the next one gets it. */
enum client_result client_hand_over(struct master *master, struct to_net_client *client, int socket,
                                    struct address_entry *entry, bool others_wait)
{
    struct cell *cell;
    short events;
    while ((cell = pool_take(master, socket, &events)) != NULL) {
        if (client_has_ended(socket, events, others_wait))
            return CLIENT_ENDED;
        client->session = ++master->cells->next_session;
        client->trace_seconds = trace_seconds(master, client);
        client->outside = outside_address(master, client->listener, &client->peer);
        const int error = cell_serve(master, cell, client, socket);
        if (!error) {
            cell->address = entry;
            pool_count_arrival(master);
            return CLIENT_SERVED;
        }
        cell_end(master, cell);
        if (error != -EPIPE && error != -ECONNRESET) {
            shortage_met(master, "a client can't be handed over", -error);
            return CLIENT_FAILED; /* the next cell would fail likewise */
        }
    }
    return CLIENT_HAS_NO_CELL;
}

void client_settle(struct master *master, const struct to_net_client *client, int socket,
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
        client_refuse_banned(master, client, socket);
        break;
    case CLIENT_HAS_NO_CELL:
    case CLIENT_FAILED:
        client_refuse(master, client, socket, LIMIT_UNAVAILABLE, client_not_available);
        break;
    }
}
