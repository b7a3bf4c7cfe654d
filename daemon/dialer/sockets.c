/* SPDX-License-Identifier: BSD-2-Clause */
/* sockets.c - runs in the dialer: creates the two kinds of data sockets. */
#include "daemon/dialer/dialer.h"

#include "common/addr.h"
#include "daemon/ipc/log.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FTP_DATA_PORT = 20, LISTEN_BACKLOG = 1, RANDOM_TRIES = 16 };

/* Corked, like the connections that a listener accepts: a small file and the end of its connection
 * are sent in one segment, TLS records in full ones.  A partial segment waits for at most 200
 * ms. */
static int tcp_socket(int family)
{
    const int on = 1;
    const int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (fd < 0)
        return -errno;
    if (setsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, sizeof on) == 0)
        return fd;
    const int error = -errno;
    close(fd);
    return error;
}

/* SO_REUSEADDR: a port whose last connection is in TIME_WAIT can be used.
 * Two listeners on one port are still refused, by bind or listen. */
static int bind_to(int fd, const struct sockaddr_storage *local, uint16_t port)
{
    const int on = 1;
    struct sockaddr_storage address = *local;
    addr_set_port(&address, port);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, (const struct sockaddr *)&address, addr_size(&address)) != 0)
        return -errno;
    return 0;
}

/* Some kernels require CAP_NET_ADMIN for it, which the dialer must not have: there
 * only NET compares the peer (law D1), and the log says so. */
static int filter_or_warn(int fd, const struct sockaddr_storage *peer)
{
    static bool said;
    const int error = peer_filter(fd, peer);
    if (error != -EPERM)
        return error;
    if (!said)
        log_note(LOG_LEVEL_WARNING,
                 "this kernel lets no unprivileged process filter a socket: data "
                 "connections are guarded by NET alone");
    said = true;
    return 0;
}

static int listen_at(const struct sockaddr_storage *local, const struct sockaddr_storage *peer,
                     uint16_t port)
{
    const int fd = tcp_socket(local->ss_family);
    if (fd < 0)
        return fd;
    int error = bind_to(fd, local, port);
    if (error == 0)
        error = filter_or_warn(fd, peer);
    if (error == 0 && listen(fd, LISTEN_BACKLOG) != 0)
        error = -errno;
    if (error == 0)
        return fd;
    close(fd);
    return error;
}

bool port_is_free(const struct sockaddr_storage *local, const struct sockaddr_storage *peer,
                  uint16_t port)
{
    const int fd = listen_at(local, peer, port);
    if (fd < 0)
        return false;
    close(fd);
    return true;
}

static bool is_link_local(const struct sockaddr_storage *address)
{
    return addr_in_blocks(address, "169.254.0.0/16, fe80::/10");
}

/* Only addresses of this machine, all of loopback's among them, can be bound.  (Where
 * net.ipv4.ip_nonlocal_bind is set, all can: then no balancer's client has active connections.) */
static bool is_own(const struct sockaddr_storage *address)
{
    const int fd = tcp_socket(address->ss_family);
    if (fd < 0)
        return true;
    const bool bound = bind_to(fd, address, 0) == 0;
    close(fd);
    return bound;
}

bool may_be_dialed(const struct sockaddr_storage *peer)
{
    return !is_link_local(peer) && !is_own(peer);
}

static bool port_is_taken(int error)
{
    return error == -EADDRINUSE || error == -EACCES;
}

/* First some random ports, so that the next one can't be guessed (law D2); if the
 * range is crowded, each of its ports once, beginning with a random one. */
int passive_listen(const struct sockaddr_storage *local, const struct sockaddr_storage *peer,
                   struct port_range range, uint16_t *port)
{
    const uint32_t ports = (uint32_t)range.last - range.first + 1;
    uint32_t draw[RANDOM_TRIES];
    if (getrandom(draw, sizeof draw, 0) != (ssize_t)sizeof draw)
        return -EIO;
    for (uint32_t i = 0; i < RANDOM_TRIES + ports; i++) {
        const uint32_t at = i < RANDOM_TRIES ? draw[i] % ports : (draw[0] % ports + i) % ports;
        *port = (uint16_t)(range.first + at);
        const int fd = listen_at(local, peer, *port);
        if (!port_is_taken(fd))
            return fd;
    }
    return -EADDRINUSE;
}

int active_connect(const struct sockaddr_storage *local, const struct sockaddr_storage *peer,
                   uint16_t port, bool from_port_20)
{
    struct sockaddr_storage to = *peer;
    addr_set_port(&to, port);
    const int fd = tcp_socket(local->ss_family);
    if (fd < 0)
        return fd;
    int error = bind_to(fd, local, from_port_20 ? FTP_DATA_PORT : 0);
    if (error == 0)
        error = filter_or_warn(fd, peer);
    if (error == 0 && connect(fd, (const struct sockaddr *)&to, addr_size(&to)) != 0 &&
        errno != EINPROGRESS)
        error = -errno;
    if (error == 0)
        return fd;
    close(fd);
    return error;
}
