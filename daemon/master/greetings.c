/* SPDX-License-Identifier: BSD-2-Clause */
/* greetings.c - runs in the master: connections of balancers, until the greeter has said whose
 * they are.  Nothing counts before that; then the client is admitted as any other one, by its own
 * address.  The master keeps the socket, and reads no byte of it (invariant I1). */
#include "daemon/master/greetings.h"

#include "common/addr.h"
#include "common/text.h"
#include "daemon/ipc/log.h"
#include "daemon/master/client.h"
#include "daemon/master/master.h"
#include "daemon/master/shared.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NUMBERS_BITS = 20 }; /* of a millisecond */

struct greeting_place {
    uint64_t number; /* never used twice; 0: free */
    int socket;
    int64_t until_ms;
    struct to_net_client client;       /* peer: the balancer, so far */
    struct sockaddr_storage listening; /* address of its listener */
};

struct greetings {
    struct greeting_place place[GREETINGS_MAX];
    uint64_t last_number;
    admit_client *admit;
};

/* The greeter outlives an upgrade of the master for a while: what it then says of the connections
 * before must not fit a new one. */
struct greetings *greetings_new(admit_client *admit)
{
    struct greetings *greetings = calloc(1, sizeof *greetings);
    if (!greetings)
        return NULL;
    greetings->admit = admit;
    greetings->last_number = (uint64_t)now_ms() << NUMBERS_BITS;
    return greetings;
}

/* 0: a free place. */
static struct greeting_place *find(const struct master *master, uint64_t number)
{
    for (size_t i = 0; i < GREETINGS_MAX; i++) {
        if (master->greetings->place[i].number == number)
            return &master->greetings->place[i];
    }
    return NULL;
}

static void send_to_greeter(struct master *master, const struct greeting_place *place)
{
    const struct fm_greet message = { .head.type = FM_GREET, .number = place->number };
    const int fds[] = { place->socket };
    /* where it fails, the time limit ends it */
    (void)shared_try_send(master, SHARED_GREETER, &message, sizeof message, fds, COUNT(fds));
}

void greetings_add(struct master *master, const struct listener *listener,
                   const struct to_net_client *client, int socket)
{
    const char *from = master->config->listeners[listener->index].proxy_from;
    struct greeting_place *place = find(master, 0);
    if (!addr_in_blocks(&client->peer, from)) {
        client_refuse_address(master, client, socket, LIMIT_ADDRESSES,
                              "421 Connections from your address are not allowed.\r\n");
        return;
    }
    if (!place) {
        client_refuse(master, client, socket, LIMIT_UNAVAILABLE,
                      "421 Too many connections without a PROXY header; try again later.\r\n");
        return;
    }
    *place = (struct greeting_place){ .number = ++master->greetings->last_number,
                                      .socket = socket,
                                      .until_ms = client->accepted_ms + GREETING_MS,
                                      .client = *client,
                                      .listening = listener->address };
    send_to_greeter(master, place);
}

void greetings_send_again(struct master *master)
{
    for (size_t i = 0; i < GREETINGS_MAX; i++) {
        if (master->greetings->place[i].number)
            send_to_greeter(master, &master->greetings->place[i]);
    }
}

/* A reload may have removed or changed its listener. */
static const struct listener *listener_of(const struct master *master,
                                          const struct greeting_place *place)
{
    const struct listener *listener = listeners_find(master, &place->listening);
    if (!listener || !*master->config->listeners[listener->index].proxy_from)
        return NULL;
    return listener;
}

static void close_quietly(const struct greeting_place *place, const char *why)
{
    char address[ADDR_TEXT_ROOM];
    close(place->socket);
    log_note(LOG_LEVEL_DEBUG, "address=%s: %s", addr_text(&place->client.peer, address), why);
}

/* The balancer asks whether the server is well: no session, and nothing that counts. */
static void greet_balancer(const struct master *master, const struct greeting_place *place)
{
    static const char reply[] = "220 Ready.\r\n221 Goodbye.\r\n";
    if (!master->config->listeners[place->client.listener].implicit_tls)
        (void)send(place->socket, reply, sizeof reply - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)shutdown(place->socket, SHUT_WR);
    close_quietly(place, "the balancer's own connection");
}

static void admit(struct master *master, struct greeting_place *place,
                  const struct listener *listener, const struct tm_greeted *message)
{
    char client[ADDR_TEXT_ROOM], balancer[ADDR_TEXT_ROOM], destination[ADDR_TEXT_ROOM];
    log_note(LOG_LEVEL_DEBUG, "address=%s: connected to %s, passed on by %s",
             addr_text(&message->source, client), addr_text(&message->destination, destination),
             addr_text(&place->client.peer, balancer));
    place->client.peer = message->source;
    place->client.accepted_ms = now_ms();
    master->greetings->admit(master, listener, &place->client, place->socket);
}

static void refuse(struct master *master, const struct greeting_place *place, const char *reply)
{
    client_refuse(master, &place->client, place->socket, LIMIT_UNAVAILABLE, reply);
}

static void settle(struct master *master, struct greeting_place *place,
                   const struct listener *listener, const struct tm_greeted *message)
{
    switch (message->found) {
    case GREETING_CLIENT:
        admit(master, place, listener, message);
        break;
    case GREETING_LOCAL:
        greet_balancer(master, place);
        break;
    case GREETING_BAD:
        refuse(master, place, "421 The PROXY header is missing or wrong.\r\n");
        break;
    case GREETING_LATE:
        refuse(master, place, "421 No PROXY header came in time.\r\n");
        break;
    default:
        close_quietly(place, "ended the connection before its PROXY header");
        break;
    }
}

void greetings_answer(struct master *master, const struct tm_greeted *message)
{
    struct greeting_place *place = message->number ? find(master, message->number) : NULL;
    if (!place) /* given up meanwhile */
        return;
    const struct listener *listener = listener_of(master, place);
    if (listener) {
        place->client.listener = listener->index;
        settle(master, place, listener, message);
    } else {
        close_quietly(place, "its listener is no longer configured");
    }
    memset(place, 0, sizeof *place);
}

void greetings_tick(struct master *master, int64_t now)
{
    struct tm_greeted late = { .head.type = TM_GREETED, .found = GREETING_LATE };
    for (size_t i = 0; i < GREETINGS_MAX; i++) {
        const struct greeting_place *place = &master->greetings->place[i];
        late.number = place->number;
        if (place->number && now >= place->until_ms)
            greetings_answer(master, &late);
    }
}

void greetings_end(struct master *master)
{
    for (size_t i = 0; i < GREETINGS_MAX; i++) {
        struct greeting_place *place = &master->greetings->place[i];
        if (place->number)
            close_quietly(place, "the server stops");
        memset(place, 0, sizeof *place);
    }
}
