/* listen.c - runs in the master: binds the control connections' listeners. */
#include "daemon/master/master.h"

#include "common/addr.h"
#include "common/text.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the sockets of clients inherit, so that no session has to set it: small
 * replies go out at once, urgent data stays in its place (law R4), and a client
 * that has gone without a word is found in two minutes, be it in a transfer (law D4). */
static const struct {
    int level, name, value;
} inherited[] = {
    { IPPROTO_TCP, TCP_NODELAY, 1 },   { SOL_SOCKET, SO_OOBINLINE, 1 },    { SOL_SOCKET, SO_KEEPALIVE, 1 },
    { IPPROTO_TCP, TCP_KEEPIDLE, 60 }, { IPPROTO_TCP, TCP_KEEPINTVL, 15 }, { IPPROTO_TCP, TCP_KEEPCNT, 4 },
};

static bool set_options(int fd, int family)
{
    const int on = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0))
        return false;
    for (size_t i = 0; i < COUNT(inherited); i++) {
        if (setsockopt(fd, inherited[i].level, inherited[i].name, &inherited[i].value, sizeof(int)) != 0)
            return false;
    }
    return true;
}

/* SOMAXCONN: the kernel's own maximum (net.core.somaxconn) cuts it (law M4). */
static int bind_and_listen(const struct master *master, const struct sockaddr_storage *address)
{
    const int fd = network_socket(master, address->ss_family);
    if (fd < 0)
        return fd;
    if (!set_options(fd, address->ss_family) ||
        bind(fd, (const struct sockaddr *)address, addr_size(address)) != 0 || listen(fd, INT32_MAX) != 0) {
        const int error = -errno;
        close(fd);
        return error;
    }
    return fd;
}

static bool same_address(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
    return addr_same_host(a, b) && addr_port(a) == addr_port(b);
}

static int fd_of_old(const struct listener *old, uint32_t count, const struct sockaddr_storage *address)
{
    for (uint32_t i = 0; i < count; i++) {
        if (same_address(&old[i].address, address))
            return old[i].fd;
    }
    return -1;
}

static bool is_kept(const struct listener *all, uint32_t count, int fd)
{
    for (uint32_t i = 0; i < count; i++) {
        if (all[i].fd == fd)
            return true;
    }
    return false;
}

static void close_unless_in(const struct listener *which, uint32_t count, const struct listener *kept,
                            uint32_t kept_count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!is_kept(kept, kept_count, which[i].fd))
            close(which[i].fd);
    }
}

/* A machine without IPv6 serves the IPv4 addresses of a default configuration. */
static bool may_be_skipped(int error, const struct sockaddr_storage *address)
{
    return address->ss_family == AF_INET6 && (error == -EAFNOSUPPORT || error == -EADDRNOTAVAIL);
}

static void complain_of(config_complain *complain, void *context, bool fatal,
                        const struct sockaddr_storage *address, int error)
{
    char text[ADDR_TEXT_ROOM], line[256];
    (void)text_format(line, sizeof line, "cannot listen on %s port %u: %s%s", addr_text(address, text),
                      addr_port(address), strerror(-error), fatal ? "" : "; skipped");
    complain(context, fatal, line);
}

/* All of them or none: what was open before stays open where a new one fails. */
int listeners_open(struct master *master, const struct config *config, config_complain *complain,
                   void *context)
{
    struct listener made[LISTENING_MAX];
    uint32_t count = 0;
    memset(made, 0, sizeof made);
    for (uint32_t i = 0; i < config->listener_count; i++) {
        const struct listener_config *wanted = &config->listeners[i];
        if (wanted->implicit_tls && !master->images.tls_served) /* said when the certificate was missed */
            continue;
        for (uint32_t k = 0; k < wanted->address_count; k++) {
            const struct sockaddr_storage *address = &wanted->addresses[k];
            int fd = fd_of_old(master->listeners, master->listener_count, address);
            if (fd < 0)
                fd = bind_and_listen(master, address);
            if (fd < 0) {
                const bool fatal = !may_be_skipped(fd, address);
                complain_of(complain, context, fatal, address, fd);
                if (!fatal)
                    continue;
                close_unless_in(made, count, master->listeners, master->listener_count);
                return fd;
            }
            made[count++] =
                (struct listener){ .watch.ready = accept_clients, .fd = fd, .index = i, .address = *address };
        }
    }
    if (!count) {
        complain(context, true, "no listener is left to serve");
        return -EADDRNOTAVAIL;
    }
    for (uint32_t i = 0; i < master->listener_count; i++)
        master_unwatch(master, master->listeners[i].fd);
    close_unless_in(master->listeners, master->listener_count, made, count);
    memcpy(master->listeners, made, sizeof made);
    master->listener_count = count;
    master->accept_after_ms = 0;
    master->listeners_changed = true;
    for (uint32_t i = 0; i < count; i++)
        (void)master_watch(master, master->listeners[i].fd, &master->listeners[i].watch);
    return 0;
}

void listeners_close(struct master *master)
{
    for (uint32_t i = 0; i < master->listener_count; i++) {
        master_unwatch(master, master->listeners[i].fd);
        close(master->listeners[i].fd);
    }
    master->listener_count = 0;
}
