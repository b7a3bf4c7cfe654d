/* waiting.c - runs in the master: clients that came while no cell was ready.
 *
 * Each address (IPv6: each /64) has a line of its own, and the lines take turns,
 * so a crowd from one address costs the others one turn.  Waiting clients count
 * as sessions for all limits.  The kernel is asked about their sockets (poll,
 * SIOCINQ); no byte of them is read (invariant I1). */
#include "daemon/master/master.h"

#include "common/addr.h"
#include "common/text.h"
#include "daemon/ipc/log.h"

#include <linux/sockios.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WAIT_MS = 10000, POLLED_AT_ONCE = 64 };

struct waiting {
    struct waiting *previous, *next;
    struct to_net_client client; /* accepted_ms: it waits since then */
    struct sockaddr_storage listening;
    struct address_entry *address;
    int socket;
};

static const char not_available[] = "421 The service is not available at the moment; try again later.\r\n";

static void add_line(struct lines *lines, struct line *line)
{
    line->previous = lines->last;
    line->next = NULL;
    *(lines->last ? &lines->last->next : &lines->first) = line;
    lines->last = line;
}

static void remove_line(struct lines *lines, struct line *line)
{
    *(line->previous ? &line->previous->next : &lines->first) = line->next;
    *(line->next ? &line->next->previous : &lines->last) = line->previous;
}

static void line_up(struct lines *lines, struct waiting *waiting)
{
    struct line *line = address_line(waiting->address);
    if (!line->first)
        add_line(lines, line);
    waiting->previous = line->last;
    waiting->next = NULL;
    *(line->last ? &line->last->next : &line->first) = waiting;
    line->last = waiting;
    lines->count++;
}

static void leave_line(struct lines *lines, struct waiting *waiting)
{
    struct line *line = address_line(waiting->address);
    *(waiting->previous ? &waiting->previous->next : &line->first) = waiting->next;
    *(waiting->next ? &waiting->next->previous : &line->last) = waiting->previous;
    lines->count--;
    if (!line->first)
        remove_line(lines, line);
}

/* Its turn is over: its line goes behind the others. */
static void end_turn(struct lines *lines, struct waiting *waiting)
{
    struct line *line = address_line(waiting->address);
    leave_line(lines, waiting);
    if (!line->first)
        return;
    remove_line(lines, line);
    add_line(lines, line);
}

/* Its socket is closed already. */
static void forget(struct master *master, struct waiting *waiting)
{
    address_remove(master->addresses, waiting->address);
    free(waiting);
}

static void drop(struct master *master, struct waiting *waiting)
{
    accept_settle(master, &waiting->client, waiting->socket, CLIENT_ENDED);
    forget(master, waiting);
}

static void refuse(struct master *master, struct waiting *waiting, const char *reply)
{
    accept_refuse(master, &waiting->client, waiting->socket, reply);
    forget(master, waiting);
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

bool waiting_add(struct master *master, const struct listener *listener, const struct to_net_client *client,
                 int socket, struct address_entry *address)
{
    struct waiting *waiting = calloc(1, sizeof *waiting);
    if (!waiting)
        return false;
    waiting->client = *client;
    waiting->listening = listener->address;
    waiting->address = address;
    waiting->socket = socket;
    line_up(&master->waiting, waiting);
    return true;
}

/* Looks at some of a line, from this one on, and returns the next one to look at. */
static struct waiting *drop_some(struct master *master, struct waiting *from)
{
    struct pollfd sockets[POLLED_AT_ONCE];
    struct waiting *polled[POLLED_AT_ONCE];
    nfds_t n = 0;
    for (; from && n < POLLED_AT_ONCE; from = from->next, n++) {
        sockets[n] = (struct pollfd){ .fd = from->socket, .events = POLLRDHUP };
        polled[n] = from;
    }
    if (poll(sockets, n, 0) <= 0)
        return from;
    for (nfds_t i = 0; i < n; i++) {
        if (!client_has_ended(sockets[i].fd, sockets[i].revents, true))
            continue;
        leave_line(&master->waiting, polled[i]);
        drop(master, polled[i]);
    }
    return from;
}

void waiting_drop_ended(struct master *master, struct address_entry *address)
{
    struct waiting *at = address_line(address)->first;
    while (at)
        at = drop_some(master, at);
}

void waiting_drop_all_ended(struct master *master)
{
    struct line *next;
    for (struct line *line = master->waiting.first; line; line = next) {
        struct waiting *at = line->first;
        next = line->next;
        while (at)
            at = drop_some(master, at);
    }
}

static enum client_result try_to_serve(struct master *master, const struct waiting *waiting)
{
    struct to_net_client client = waiting->client;
    client.accepted_ms = now_ms(); /* the time to log in begins when it can */
    if (accept_is_banned(master, waiting->address, &client, client.accepted_ms))
        return CLIENT_BANNED;
    return accept_hand_over(master, &client, waiting->socket, waiting->address, master->waiting.count > 1);
}

/* False: no cell is left, and it waits on. */
static bool serve(struct master *master, struct waiting *waiting)
{
    const enum client_result result = try_to_serve(master, waiting);
    if (result == CLIENT_HAS_NO_CELL)
        return false;
    end_turn(&master->waiting, waiting);
    accept_settle(master, &waiting->client, waiting->socket, result);
    if (result != CLIENT_SERVED) /* else the session has the address */
        address_remove(master->addresses, waiting->address);
    free(waiting);
    return true;
}

static void refuse_all(struct master *master, const char *reply)
{
    while (master->waiting.first) {
        struct waiting *waiting = master->waiting.first->first;
        leave_line(&master->waiting, waiting);
        refuse(master, waiting, reply);
    }
}

void waiting_serve(struct master *master)
{
    while (master->waiting.first && master->idle.first && serve(master, master->waiting.first->first))
        ;
    if (master->waiting.count == 0)
        return;
    pool_hurry(master);
    if (!master->idle.first && !pool_is_soon(master))
        refuse_all(master, not_available);
}

/* Each line is in the order of arrival. */
void waiting_tick(struct master *master, int64_t now)
{
    struct line *next;
    for (struct line *line = master->waiting.first; line; line = next) {
        struct waiting *first = line->first;
        next = line->next;
        while (first && now >= first->client.accepted_ms + WAIT_MS) {
            struct waiting *second = first->next;
            leave_line(&master->waiting, first);
            refuse(master, first, not_available);
            first = second;
        }
    }
}

void waiting_end(struct master *master)
{
    refuse_all(master, "421 The server shuts down.\r\n");
}

static bool find_listener(const struct master *master, struct waiting *waiting)
{
    for (uint32_t i = 0; i < master->listener_count; i++) {
        const struct listener *listener = &master->listeners[i];
        if (!addr_same_host(&listener->address, &waiting->listening) ||
            addr_port(&listener->address) != addr_port(&waiting->listening))
            continue;
        waiting->client.listener = listener->index;
        return true;
    }
    return false;
}

/* What has no listener any more can't be served: how to speak to it is no longer configured. */
static void follow(struct master *master, struct line *line)
{
    char address[ADDR_TEXT_ROOM];
    struct waiting *next;
    for (struct waiting *waiting = line->first; waiting; waiting = next) {
        next = waiting->next;
        if (find_listener(master, waiting))
            continue;
        leave_line(&master->waiting, waiting);
        log_note(LOG_LEVEL_INFO, "address=%s: the listener that it waited at is gone",
                 addr_text(&waiting->client.peer, address));
        close(waiting->socket);
        forget(master, waiting);
    }
}

void waiting_follow_listeners(struct master *master)
{
    struct line *next;
    for (struct line *line = master->waiting.first; line; line = next) {
        next = line->next;
        follow(master, line);
    }
}
