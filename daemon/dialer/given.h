/* SPDX-License-Identifier: BSD-2-Clause */
/* given.h - the listeners that a session has.  The dialer keeps no descriptor of
 * them, so it counts their ports: a port counts until it can be bound and
 * listened on again, or until another session gets it. */
#ifndef DIALER_GIVEN_H
#define DIALER_GIVEN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GIVEN_MAX = 4 };

struct given {
    uint16_t ports[GIVEN_MAX]; /* the oldest first */
    uint64_t turns[GIVEN_MAX]; /* a counter over all sessions */
    size_t count;
};

/* Was this port given to another session after this turn? */
typedef bool given_since(const void *context, uint16_t port, uint64_t turn);

/* Forgets the ports that are free again.  local and peer are the session's. */
void given_sweep(struct given *given, const struct sockaddr_storage *local,
                 const struct sockaddr_storage *peer, given_since *since, const void *context);

/* There must be room: count < GIVEN_MAX. */
void given_add(struct given *given, uint16_t port, uint64_t turn);

/* Forgets the last one, which did not reach the session. */
void given_take_back(struct given *given);

/* The turn in which this port was given last; 0: not known. */
uint64_t given_turn(const struct given *given, uint16_t port);

#endif
