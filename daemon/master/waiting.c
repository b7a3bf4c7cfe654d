/* SPDX-License-Identifier: BSD-2-Clause */
/* waiting.c - runs in the master: clients that came while no cell was idle.
 *
 * Each address (IPv6: each /64) has its own queue, and the queues take turns,
 * so a crowd from one address costs the others one turn.  Waiting clients count
 * as sessions for all limits. */
#include "daemon/master/waiting.h"

#include "common/addr.h"
#include "common/text.h"
#include "daemon/ipc/log.h"
#include "daemon/master/cell.h"
#include "daemon/master/master.h"
#include "daemon/master/pool.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

enum { WAIT_MS = 10000, POLLED_AT_ONCE = 64 };

struct waiting {
    struct waiting *previous, *next;
    struct to_net_client client;       /* accepted_ms: when it began to wait */
    struct sockaddr_storage listening; /* address of its listener */
    struct address_entry *address;
    int socket;
};

struct waiting_room {
    struct address_queue *first, *last; /* those that are not empty, in turn */
};

static void add_queue(struct waiting_room *room, struct address_queue *queue)
{
    queue->previous = room->last;
    queue->next = NULL;
    *(room->last ? &room->last->next : &room->first) = queue;
    room->last = queue;
}

static void remove_queue(struct waiting_room *room, struct address_queue *queue)
{
    *(queue->previous ? &queue->previous->next : &room->first) = queue->next;
    *(queue->next ? &queue->next->previous : &room->last) = queue->previous;
}

static void enqueue(struct master *master, struct waiting *waiting)
{
    struct address_queue *queue = address_queue(waiting->address);
    if (!queue->first)
        add_queue(master->waiting, queue);
    waiting->previous = queue->last;
    waiting->next = NULL;
    *(queue->last ? &queue->last->next : &queue->first) = waiting;
    queue->last = waiting;
    master->clients_waiting++;
}

static void dequeue(struct master *master, struct waiting *waiting)
{
    struct address_queue *queue = address_queue(waiting->address);
    *(waiting->previous ? &waiting->previous->next : &queue->first) = waiting->next;
    *(waiting->next ? &waiting->next->previous : &queue->last) = waiting->previous;
    master->clients_waiting--;
    if (!queue->first)
        remove_queue(master->waiting, queue);
}

/* Its turn is over: its queue goes behind the others. */
static void end_turn(struct master *master, struct waiting *waiting)
{
    struct address_queue *queue = address_queue(waiting->address);
    dequeue(master, waiting);
    if (!queue->first)
        return;
    remove_queue(master->waiting, queue);
    add_queue(master->waiting, queue);
}

/* After its socket was closed. */
static void waiting_forget(struct master *master, struct waiting *waiting)
{
    address_remove(master->addresses, waiting->address);
    free(waiting);
}

static void waiting_drop(struct master *master, struct waiting *waiting)
{
    client_settle(master, &waiting->client, waiting->socket, CLIENT_ENDED);
    waiting_forget(master, waiting);
}

static void waiting_refuse(struct master *master, struct waiting *waiting, enum limit limit,
                           const char *reply)
{
    client_refuse(master, &waiting->client, waiting->socket, limit, reply);
    waiting_forget(master, waiting);
}

bool waiting_add(struct master *master, const struct listener *listener,
                 const struct to_net_client *client, int socket, struct address_entry *address)
{
    struct waiting *waiting = calloc(1, sizeof *waiting);
    if (!waiting)
        return false;
    waiting->client = *client;
    waiting->listening = listener->address;
    waiting->address = address;
    waiting->socket = socket;
    enqueue(master, waiting);
    return true;
}

/* Drops those of a queue that have ended, looking at some from this one on.  Returns the next one
 * to look at. */
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
        dequeue(master, polled[i]);
        waiting_drop(master, polled[i]);
    }
    return from;
}

void waiting_drop_ended(struct master *master, struct address_entry *address)
{
    struct waiting *at = address_queue(address)->first;
    while (at)
        at = drop_some(master, at);
}

void waiting_drop_all_ended(struct master *master)
{
    struct address_queue *next;
    for (struct address_queue *queue = master->waiting->first; queue; queue = next) {
        struct waiting *at = queue->first;
        next = queue->next;
        while (at)
            at = drop_some(master, at);
    }
}

static enum client_result try_to_serve(struct master *master, const struct waiting *waiting)
{
    struct to_net_client client = waiting->client;
    client.accepted_ms = now_ms(); /* the time to log in begins now */
    if (client_is_banned(master, waiting->address, &client, client.accepted_ms))
        return CLIENT_BANNED;
    return client_hand_over(master, &client, waiting->socket, waiting->address,
                            master->clients_waiting > 1);
}

/* False: no cell is left, and it goes on waiting. */
static bool serve_waiting(struct master *master, struct waiting *waiting)
{
    const enum client_result result = try_to_serve(master, waiting);
    if (result == CLIENT_HAS_NO_CELL)
        return false;
    end_turn(master, waiting);
    client_settle(master, &waiting->client, waiting->socket, result);
    if (result != CLIENT_SERVED) /* else the session has the address */
        address_remove(master->addresses, waiting->address);
    free(waiting);
    return true;
}

static void refuse_all(struct master *master, enum limit limit, const char *reply)
{
    while (master->waiting->first) {
        struct waiting *waiting = master->waiting->first->first;
        dequeue(master, waiting);
        waiting_refuse(master, waiting, limit, reply);
    }
}

void waiting_serve(struct master *master)
{
    while (master->waiting->first && master->cells->idle.first &&
           serve_waiting(master, master->waiting->first->first))
        ;
    if (master->clients_waiting == 0)
        return;
    pool_hurry(master);
    if (!master->cells->idle.first && !pool_is_soon(master))
        refuse_all(master, LIMIT_UNAVAILABLE, client_not_available);
}

/* Each queue is in order of arrival. */
void waiting_tick(struct master *master, int64_t now)
{
    struct address_queue *next;
    for (struct address_queue *queue = master->waiting->first; queue; queue = next) {
        struct waiting *first = queue->first;
        next = queue->next;
        while (first && now >= first->client.accepted_ms + WAIT_MS) {
            struct waiting *second = first->next;
            dequeue(master, first);
            waiting_refuse(master, first, LIMIT_UNAVAILABLE, client_not_available);
            first = second;
        }
    }
}

void waiting_end(struct master *master)
{
    refuse_all(master, LIMIT_STOPPING, "421 The server is shutting down.\r\n");
}

/* Drops the clients whose listener is gone: how to serve them is no longer configured. */
static void follow_listeners(struct master *master, struct address_queue *queue)
{
    char address[ADDR_TEXT_ROOM];
    struct waiting *next;
    for (struct waiting *waiting = queue->first; waiting; waiting = next) {
        next = waiting->next;
        const struct listener *listener = listeners_find(master, &waiting->listening);
        if (listener) {
            waiting->client.listener = listener->index;
            continue;
        }
        dequeue(master, waiting);
        log_note(LOG_LEVEL_INFO,
                 "address=%s: its listener is no longer configured; closing the connection",
                 addr_text(&waiting->client.peer, address));
        close(waiting->socket);
        waiting_forget(master, waiting);
    }
}

void waiting_follow_listeners(struct master *master)
{
    struct address_queue *next;
    for (struct address_queue *queue = master->waiting->first; queue; queue = next) {
        next = queue->next;
        follow_listeners(master, queue);
    }
}

struct waiting_room *waiting_new(void)
{
    return calloc(1, sizeof(struct waiting_room));
}

static void keep_one(const struct waiting *waiting, struct keeping *keeping)
{
    struct kept_waiting *kept = keeping_add(keeping, sizeof *kept);
    if (kept)
        *kept = (struct kept_waiting){ .socket = keeping_fd(keeping, waiting->socket),
                                       .client = waiting->client,
                                       .listening = waiting->listening };
}

void waiting_keep(const struct master *master, struct keeping *keeping)
{
    const struct address_queue *queue = master->waiting->first;
    for (; queue; queue = queue->next) {
        for (const struct waiting *waiting = queue->first; waiting; waiting = waiting->next)
            keep_one(waiting, keeping);
    }
    keeping_head(keeping)->waiting = master->clients_waiting;
}

bool waiting_restore(struct master *master, const struct kept_head *head,
                     struct kept_reader *reader)
{
    const struct kept_waiting *kept = kept_next(reader, sizeof *kept, head->waiting);
    if (!kept)
        return false;
    for (uint32_t i = 0; i < head->waiting; i++) {
        const struct listener listener = { .address = kept[i].listening };
        struct address_entry *entry = address_find(master->addresses, &kept[i].client.peer);
        if (!entry || !waiting_add(master, &listener, &kept[i].client, kept[i].socket, entry))
            return false;
        address_add(entry);
    }
    return true;
}
