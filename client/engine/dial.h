/* SPDX-License-Identifier: BSD-2-Clause */
/* dial.h - connects to a host name: looks it up in a child process, so that it can be interrupted,
 * then races all addresses (RFC 8305). */
#ifndef CLIENT_ENGINE_DIAL_H
#define CLIENT_ENGINE_DIAL_H

#include "client/engine/settings.h"
#include "client/engine/failure.h"

#include <netinet/in.h>
#include <stdint.h>

enum { DIAL_ADDRESSES_MAX = 16 };

struct addresses {
    int error; /* of getaddrinfo, 0: none */
    uint32_t count;
    struct sockaddr_storage address[DIAL_ADDRESSES_MAX];
};

/* host: a name or an address.  The order is that of getaddrinfo, families taking turns. */
enum outcome dial_look_up(const struct settings *settings, const char *host, uint16_t port,
                          struct addresses *out, struct failure *failure);

/* A connected, non-blocking socket in *fd and its peer in *peer. */
enum outcome dial(const struct settings *settings, const char *host, uint16_t port, int *fd,
                  struct sockaddr_storage *peer, struct failure *failure);

#endif
