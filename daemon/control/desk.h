/* desk.h - the state of control, and the functions that its files share. */
#ifndef CONTROL_DESK_H
#define CONTROL_DESK_H

#include "daemon/protocol/control.h"
#include "daemon/config/config.h"

#include <stdbool.h>
#include <stdint.h>

enum { CLIENTS_MAX = 16 };

/* The processes that answer. */
enum neighbour { MASTER, SCRIBE, AUTH, NEIGHBOURS };

/* The source of an epoll event: a neighbour, the listener, or a client. */
enum { LISTENER = NEIGHBOURS, FIRST_CLIENT };

/* One wardctl.  Its next question is read after the answer to the last one. */
struct client {
    int fd;          /* -1: free */
    uint32_t serial; /* of its question: the answer repeats it */
    uint32_t asked;  /* the serial of the question to the neighbour; 0: none is open */
    uint32_t verb;
    int64_t since_ms; /* of the question, or of the last answer */
};

struct desk {
    struct config *config;
    int epoll;
    int listener;         /* -1: the master has not sent it yet */
    int ends[NEIGHBOURS]; /* -1: none */
    uint32_t serial;
    struct client clients[CLIENTS_MAX];
};

/* clients.c */
void clients_accept(struct desk *desk);
void client_serve(struct desk *desk, struct client *client);
/* A neighbour has answered. */
void client_answer(struct desk *desk, enum neighbour from, const void *answer, size_t size);
/* A neighbour is gone: tells the clients that wait for it. */
void clients_fail(struct desk *desk, enum neighbour neighbour);
/* Ends clients that have waited or been silent for too long.  Returns the
 * milliseconds to the next such moment; -1: none. */
int clients_tick(struct desk *desk, int64_t now);

/* Sends a question; false: it can't be sent now. */
bool neighbour_ask(struct desk *desk, enum neighbour neighbour, const struct control_ask *ask);

#endif
