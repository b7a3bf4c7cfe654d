/* SPDX-License-Identifier: BSD-2-Clause */
/* state.h - the state of control, and the functions that its files share. */
#ifndef CONTROL_STATE_H
#define CONTROL_STATE_H

#include "daemon/protocol/control.h"
#include "daemon/config/config.h"

#include <stdbool.h>
#include <stdint.h>

enum { CLIENTS_MAX = 16 };

/* The processes that answer. */
enum peer { MASTER, SCRIBE, AUTH, PEERS };

/* The source of an epoll event: a peer, the listener, or a client. */
enum { LISTENER = PEERS, FIRST_CLIENT };

/* One wardctl.  Its next question is read after the answer to the last one. */
struct client {
    int fd;          /* -1: free */
    uint32_t serial; /* of its question: the answer repeats it */
    uint32_t asked;  /* the serial of the question to the peer; 0: none is open */
    uint32_t verb;
    int64_t since_ms; /* of the question, or of the last answer */
};

struct control {
    struct config *config;
    int epoll;
    int listener;    /* -1: the master has not sent it yet */
    int ends[PEERS]; /* -1: none */
    uint32_t serial;
    bool finishing; /* a successor is about to come: no new question is read */
    bool finished;  /* the master knows that no question is open */
    struct client clients[CLIENTS_MAX];
};

/* clients.c */
void clients_accept(struct control *control);
void client_serve(struct control *control, struct client *client);
/* A peer has answered. */
void client_answer(struct control *control, enum peer from, const void *answer, size_t size);
/* A peer is gone: tells the clients that wait for it. */
void clients_fail(struct control *control, enum peer peer);
/* Ends clients that have waited or been silent for too long.  Returns the
 * milliseconds to the next such moment; -1: none. */
int clients_tick(struct control *control, int64_t now);

/* The successor takes the connections over: reads no more of them. */
void clients_finish(struct control *control);
/* Is a question open whose answer comes on a channel that is not handed over? */
bool clients_wait(const struct control *control);
/* Sends all of them to the successor, and exits; takes them from the predecessor. */
_Noreturn void clients_hand(const struct control *control);
void clients_take(struct control *control, int channel);

/* Sends a question; false: it can't be sent now. */
bool peer_ask(struct control *control, enum peer peer, const struct control_ask *ask);

#endif
