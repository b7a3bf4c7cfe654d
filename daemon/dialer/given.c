/* SPDX-License-Identifier: BSD-2-Clause */
/* given.c - runs in the dialer: which listeners a session may still have. */
#include "daemon/dialer/given.h"

#include "daemon/dialer/dialer.h"

#include <unistd.h>

void given_sweep(struct given *given, const struct sockaddr_storage *local,
                 const struct sockaddr_storage *peer, given_since *since, const void *context)
{
    size_t left = 0;
    for (size_t i = 0; i < given->count; i++) {
        const uint16_t port = given->ports[i];
        const uint64_t turn = given->turns[i];
        if (since(context, port, turn) || port_is_free(local, peer, port))
            continue;
        given->ports[left] = port;
        given->turns[left++] = turn;
    }
    given->count = left;
}

void given_add(struct given *given, uint16_t port, uint64_t turn)
{
    given->ports[given->count] = port;
    given->turns[given->count++] = turn;
}

void given_take_back(struct given *given)
{
    given->count--;
}

uint64_t given_turn(const struct given *given, uint16_t port)
{
    uint64_t latest = 0;
    for (size_t i = 0; i < given->count; i++) {
        if (given->ports[i] == port)
            latest = given->turns[i];
    }
    return latest;
}
