/* desk.h - the state of control, and what its files do for each other. */
#ifndef CONTROL_DESK_H
#define CONTROL_DESK_H

#include "daemon/protocol/control.h"
#include "daemon/config/config.h"

#include <stdbool.h>
#include <stdint.h>

enum { CLIENTS_MAX = 16 };

/* Who answers. */
enum neighbour { MASTER, SCRIBE, AUTH, NEIGHBOURS };

/* Epoll's word for whom an event is: a neighbour, the listener, or a client. */
enum { LISTENER = NEIGHBOURS, FIRST_CLIENT };

/* One wardctl.  Its next question is read when it has the answer to the last. */
struct client {
    int fd;          /* -1: free */
    uint32_t serial; /* of its question: the answer repeats it */
    uint32_t asked;  /* the question's serial towards the neighbour; 0: none is open */
    uint32_t verb;
    int64_t since_ms; /* of the question, or of the last answer */
};

struct desk {
    struct config *config;
    int epoll;
    int listener;         /* -1: the master has not given it yet */
    int ends[NEIGHBOURS]; /* -1: none */
    uint32_t serial;
    struct client clients[CLIENTS_MAX];
};

/* clients.c */
void clients_accept(struct desk *desk);
void client_serve(struct desk *desk, struct client *client);
/* A neighbour has answered. */
void client_answer(struct desk *desk, enum neighbour from, const void *answer, size_t size);
/* A neighbour is gone: who waits for it hears so. */
void clients_fail(struct desk *desk, enum neighbour neighbour);
/* Ends who has waited or been silent for too long.  Milliseconds to the next such moment; -1: none. */
int clients_tick(struct desk *desk, int64_t now);

/* Asks; false: it can't be asked now. */
bool neighbour_ask(struct desk *desk, enum neighbour neighbour, const struct control_ask *ask);

#endif
