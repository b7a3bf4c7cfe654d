/* given.h - the listeners that a session has been given.  The dialer keeps no
 * descriptor of them, so it counts their ports: one counts until it can be
 * bound and listened on again, or another session has been given it since. */
#ifndef DIALER_GIVEN_H
#define DIALER_GIVEN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LISTENERS_MOST = 4 };

struct given {
    uint16_t ports[LISTENERS_MOST]; /* the oldest first */
    uint64_t turns[LISTENERS_MOST]; /* counts what all sessions are given */
    size_t count;
};

/* Was this port, given in this turn, given to another session later? */
typedef bool given_since(const void *context, uint16_t port, uint64_t turn);

/* Forgets the ports that are free again.  local and peer are the session's. */
void given_sweep(struct given *given, const struct sockaddr_storage *local,
                 const struct sockaddr_storage *peer, given_since *since, const void *context);

/* There must be room: count < LISTENERS_MOST. */
void given_add(struct given *given, uint16_t port, uint64_t turn);

/* The latest one has not reached the session. */
void given_take_back(struct given *given);

/* When was this port given?  0: never, as far as is remembered. */
uint64_t given_turn(const struct given *given, uint16_t port);

#endif
