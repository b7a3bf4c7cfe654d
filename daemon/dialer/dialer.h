/* SPDX-License-Identifier: BSD-2-Clause */
/* dialer.h - the process that creates every data socket. */
#ifndef DIALER_H
#define DIALER_H

#include "daemon/config/config.h"
#include "daemon/roles.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/* Serves until the master is gone and the last cell's channel has ended.
 * FD_MASTER and FD_SCRIBE are open.  Owns config (frees it on reload). */
_Noreturn void dialer_run(struct config *config);

/* A listening TCP socket, non-blocking, on local's address and a random free
 * port of the range, which receives packets from peer only (invariant I12).
 * Its descriptor, with *port set, or -errno; -EADDRINUSE: no port is free. */
int passive_listen(const struct sockaddr_storage *local, const struct sockaddr_storage *peer,
                   struct port_range range, uint16_t *port);

/* May a balancer's client have data connections made to this address?  Not if it is link-local,
 * loopback, or one of this machine's. */
bool may_be_dialed(const struct sockaddr_storage *peer);

/* Can this port be listened on now? */
bool port_is_free(const struct sockaddr_storage *local, const struct sockaddr_storage *peer,
                  uint16_t port);

/* A TCP socket that is connecting, non-blocking, from local's address (and
 * port 20 if from_port_20) to peer's address and the given port, and can
 * exchange packets with no other host.  Or -errno. */
int active_connect(const struct sockaddr_storage *local, const struct sockaddr_storage *peer,
                   uint16_t port, bool from_port_20);

/* Attaches a filter to the socket that passes only packets from peer's address, and locks it.  0 or
 * -errno. */
int peer_filter(int socket, const struct sockaddr_storage *peer);

/* rehearsal.c: the self-test of this program.  NULL, or the part of the role's work that failed:
 * errno. */
const char *dialer_rehearse(enum role role);

#endif
