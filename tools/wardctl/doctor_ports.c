/* SPDX-License-Identifier: BSD-2-Clause */
/* doctor_ports.c - passive ports as a client would reach them.  What lies
 * beyond this machine (routers, their firewalls) can't be seen from it. */
#include "tools/wardctl/doctor.h"

#include "common/addr.h"
#include "common/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TRIES = 16, CONNECT_MS = 2000 };

static bool is_own(const struct sockaddr_storage *address)
{
    struct ifaddrs *list;
    bool own = false;
    /* not known: nothing is said of it */
    if (getifaddrs(&list) != 0)
        return true;
    for (const struct ifaddrs *at = list; at && !own; at = at->ifa_next) {
        struct sockaddr_storage other = { .ss_family = AF_UNSPEC };
        if (!at->ifa_addr || at->ifa_addr->sa_family != address->ss_family)
            continue;
        memcpy(&other, at->ifa_addr,
               address->ss_family == AF_INET ? sizeof(struct sockaddr_in)
                                             : sizeof(struct sockaddr_in6));
        own = addr_same_host(&other, address);
    }
    freeifaddrs(list);
    return own;
}

static bool is_private(const struct sockaddr_storage *address)
{
    return addr_in_blocks(
        address, "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,169.254.0.0/16,fc00::/7");
}

/* A listener on a free port of the range, on the address; -1: none was free. */
static int listen_in_range(const struct port_range *range, struct sockaddr_storage *address)
{
    const int fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const unsigned ports = 1U + range->last - range->first;
    for (unsigned i = 0; fd >= 0 && i < TRIES; i++) {
        addr_set_port(address, (uint16_t)(range->first + (ports * i / TRIES)));
        if (bind(fd, (const struct sockaddr *)address, sizeof *address) == 0 && listen(fd, 1) == 0)
            return fd;
        if (errno != EADDRINUSE)
            break;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

/* 0 or an errno. */
static int connect_error(const struct sockaddr_storage *address)
{
    const int fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct pollfd ready = { .fd = fd, .events = POLLOUT };
    int error =
        fd < 0 || connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 ? 0 : errno;
    socklen_t size = sizeof error;
    if (error == EINPROGRESS && poll(&ready, 1, CONNECT_MS) != 1)
        error = ETIMEDOUT;
    else if (error == EINPROGRESS && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    if (fd >= 0)
        close(fd);
    return error;
}

static void check_reach(struct diagnosis *diagnosis, const struct listener_config *listener,
                        const struct sockaddr_storage *of)
{
    struct sockaddr_storage address = *of;
    char text[ADDR_TEXT_ROOM];
    const int fd = listen_in_range(&listener->passive_ports, &address);
    if (fd < 0) {
        diagnose(diagnosis, SEVERITY_WARNING,
                 "listener %s: no free passive port of %u-%u was found on %s (%d tried); widen "
                 "passive_ports",
                 listener->name, listener->passive_ports.first, listener->passive_ports.last,
                 addr_text(of, text), TRIES);
        return;
    }
    const int error = connect_error(&address);
    if (error)
        diagnose(
            diagnosis, SEVERITY_WARNING,
            "listener %s: passive port %u on %s cannot be reached even from this machine: %s; open "
            "%u-%u in the firewall",
            listener->name, (unsigned)addr_port(&address), addr_text(of, text), strerror(error),
            listener->passive_ports.first, listener->passive_ports.last);
    close(fd);
}

static void check_announced(struct diagnosis *diagnosis, const struct listener_config *listener,
                            const struct passive_rule *rule)
{
    struct sockaddr_storage address = { 0 };
    const struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = rule->address };
    char text[ADDR_TEXT_ROOM];
    memcpy(&address, &in, sizeof in);
    if (is_private(&address) && !rule->network[0])
        diagnose(
            diagnosis, SEVERITY_WARNING,
            "listener %s: passive_address %s is a private address, which clients beyond the router "
            "cannot reach; set "
            "the public one",
            listener->name, addr_text(&address, text));
    else if (!is_own(&address))
        diagnose(diagnosis, SEVERITY_HINT,
                 "listener %s: passive_address %s is no address of this machine: its router must "
                 "forward "
                 "ports %u-%u here",
                 listener->name, addr_text(&address, text), listener->passive_ports.first,
                 listener->passive_ports.last);
}

/* The addresses of names are the resolver's matter: it logs them. */
static void check_passive_address(struct diagnosis *diagnosis,
                                  const struct listener_config *listener)
{
    for (size_t i = 0; i < PASSIVE_RULES_MAX; i++) {
        if (listener->passive_address[i].address)
            check_announced(diagnosis, listener, &listener->passive_address[i]);
    }
}

void doctor_ports(struct diagnosis *diagnosis)
{
    const struct config *config = diagnosis->config;
    for (uint32_t l = 0; l < config->listener_count; l++) {
        const struct listener_config *listener = &config->listeners[l];
        check_passive_address(diagnosis, listener);
        for (uint32_t a = 0; a < listener->address_count; a++) {
            struct sockaddr_storage address = listener->addresses[a], any;
            const bool is_any =
                addr_parse_host(address.ss_family == AF_INET ? "0.0.0.0" : "::", &any) &&
                addr_same_host(&any, &address);
            if (is_any &&
                !addr_parse_host(address.ss_family == AF_INET ? "127.0.0.1" : "::1", &address))
                continue;
            if (is_own(&address))
                check_reach(diagnosis, listener, &address);
        }
    }
}
