/* SPDX-License-Identifier: BSD-2-Clause */
/* listen.c - runs in the master: binds and watches the control connections' listeners. */
#include "daemon/master/listen.h"

#include "common/addr.h"
#include "common/text.h"
#include "daemon/master/master.h"
#include "daemon/master/network.h"
#include "daemon/master/passed.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LISTENING_MAX = LISTENERS_MAX * LISTENER_ADDRESSES_MAX, PAUSE_MS = 250 };

struct listeners {
    struct listener all[LISTENING_MAX];
    uint32_t count;
    void (*on_client)(struct master *master, struct watch *watch);
    bool changed;
    int64_t resume_at_ms; /* not watched until then; 0: watched */
};

/* Options that the clients' sockets inherit, so that no session has to set
 * them: small replies go out at once, urgent data stays inline (law R4), and a
 * client that has vanished is noticed in two minutes, even in a transfer (law D4). */
static const struct {
    int level, name, value;
} inherited[] = {
    { IPPROTO_TCP, TCP_NODELAY, 1 },    { SOL_SOCKET, SO_OOBINLINE, 1 },
    { SOL_SOCKET, SO_KEEPALIVE, 1 },    { IPPROTO_TCP, TCP_KEEPIDLE, 60 },
    { IPPROTO_TCP, TCP_KEEPINTVL, 15 }, { IPPROTO_TCP, TCP_KEEPCNT, 4 },
};

static bool set_inherited(int fd)
{
    for (size_t i = 0; i < COUNT(inherited); i++) {
        if (setsockopt(fd, inherited[i].level, inherited[i].name, &inherited[i].value,
                       sizeof(int)) != 0)
            return false;
    }
    return true;
}

static bool set_options(int fd, int family)
{
    const int on = 1;
    return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
           (family != AF_INET6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0) &&
           set_inherited(fd);
}

/* The kernel lowers the backlog to its maximum, net.core.somaxconn (law M4). */
static int bind_and_listen(const struct master *master, const struct sockaddr_storage *address)
{
    const int fd = network_socket(master, address->ss_family);
    if (fd < 0)
        return fd;
    if (!set_options(fd, address->ss_family) ||
        bind(fd, (const struct sockaddr *)address, addr_size(address)) != 0 ||
        listen(fd, INT32_MAX) != 0) {
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

static const struct listener *listener_at(const struct listener *all, uint32_t count,
                                          const struct sockaddr_storage *address)
{
    for (uint32_t i = 0; i < count; i++) {
        if (same_address(&all[i].address, address))
            return &all[i];
    }
    return NULL;
}

static bool is_kept(const struct listener *all, uint32_t count, int fd)
{
    for (uint32_t i = 0; i < count; i++) {
        if (all[i].fd == fd)
            return true;
    }
    return false;
}

static void close_unless_in(const struct listener *which, uint32_t count,
                            const struct listener *kept, uint32_t kept_count)
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

static void complain_of(const struct complaint *to, bool fatal,
                        const struct sockaddr_storage *address, int error)
{
    char text[ADDR_TEXT_ROOM], line[256];
    (void)text_format(line, sizeof line, "cannot listen on %s port %u: %s%s",
                      addr_text(address, text), addr_port(address), strerror(-error),
                      fatal ? "" : "; skipped");
    to->complain(to->context, fatal, line);
}

/* As ours are made. */
static int prepare_passed(int fd)
{
    if (fcntl(fd, F_SETFL, O_NONBLOCK) == 0 && set_inherited(fd))
        return fd;
    const int error = -errno;
    close(fd);
    return error;
}

/* The present listener's descriptor, where the address has one, or one that was passed. */
static int open_one(const struct master *master, const struct sockaddr_storage *address)
{
    const struct listener *present = listeners_find(master, address);
    if (present)
        return present->fd;
    const int passed = passed_claim(master->passed, address);
    return passed >= 0 ? prepare_passed(passed) : bind_and_listen(master, address);
}

/* Adds the listeners of one section to made.  0, or -errno after a complaint. */
static int open_section(const struct master *master, const struct config *config, uint32_t index,
                        struct listener made[LISTENING_MAX], uint32_t *count,
                        const struct complaint *to)
{
    const struct listener_config *wanted = &config->listeners[index];
    /* the missing certificate is reported already */
    if (wanted->implicit_tls && !master->images.tls_served)
        return 0;
    for (uint32_t i = 0; i < wanted->address_count; i++) {
        const struct sockaddr_storage *address = &wanted->addresses[i];
        const int fd = open_one(master, address);
        if (fd >= 0) {
            made[(*count)++] = (struct listener){ .watch.ready = master->listeners->on_client,
                                                  .fd = fd,
                                                  .index = index,
                                                  .address = *address };
            continue;
        }
        const bool fatal = !may_be_skipped(fd, address);
        complain_of(to, fatal, address, fd);
        if (fatal)
            return fd;
    }
    return 0;
}

static void watch_all(struct master *master)
{
    for (uint32_t i = 0; i < master->listeners->count; i++)
        (void)watch_add(master, master->listeners->all[i].fd, &master->listeners->all[i].watch);
}

static void unwatch_all(struct master *master)
{
    for (uint32_t i = 0; i < master->listeners->count; i++)
        watch_remove(master, master->listeners->all[i].fd);
}

static void take_over(struct master *master, const struct listener made[LISTENING_MAX],
                      uint32_t count)
{
    struct listeners *listeners = master->listeners;
    unwatch_all(master);
    close_unless_in(listeners->all, listeners->count, made, count);
    memcpy(listeners->all, made, sizeof listeners->all);
    listeners->count = count;
    listeners->resume_at_ms = 0;
    listeners->changed = true;
    watch_all(master);
}

int listeners_open(struct master *master, const struct config *config, const struct complaint *to)
{
    const struct listeners *present = master->listeners;
    struct listener made[LISTENING_MAX];
    uint32_t count = 0;
    int error = 0;
    memset(made, 0, sizeof made);
    for (uint32_t i = 0; i < config->listener_count && !error; i++)
        error = open_section(master, config, i, made, &count, to);
    if (!error && !count) {
        to->complain(to->context, true, "no listener is left to serve");
        error = -EADDRNOTAVAIL;
    }
    if (error)
        close_unless_in(made, count, present->all, present->count);
    else
        take_over(master, made, count);
    return error;
}

void listeners_close(struct master *master)
{
    struct listeners *listeners = master->listeners;
    unwatch_all(master);
    for (uint32_t i = 0; i < listeners->count; i++)
        close(listeners->all[i].fd);
    listeners->count = 0;
}

struct listeners *listeners_new(void (*on_client)(struct master *master, struct watch *watch))
{
    struct listeners *listeners = calloc(1, sizeof *listeners);
    if (listeners)
        listeners->on_client = on_client;
    return listeners;
}

const struct listener *listeners_find(const struct master *master,
                                      const struct sockaddr_storage *address)
{
    return listener_at(master->listeners->all, master->listeners->count, address);
}

bool listeners_changed(struct master *master)
{
    const bool changed = master->listeners->changed;
    master->listeners->changed = false;
    return changed;
}

/* Epoll reports a client that cannot be accepted again and again. */
void listeners_pause(struct master *master)
{
    if (master->listeners->resume_at_ms)
        return;
    unwatch_all(master);
    master->listeners->resume_at_ms = now_ms() + PAUSE_MS;
}

void listeners_tick(struct master *master, int64_t now)
{
    struct listeners *listeners = master->listeners;
    if (!listeners->resume_at_ms || now < listeners->resume_at_ms)
        return;
    listeners->resume_at_ms = 0;
    watch_all(master);
}

void listeners_keep(struct master *master, struct keeping *keeping)
{
    const struct listeners *listeners = master->listeners;
    for (uint32_t i = 0; i < listeners->count; i++) {
        struct kept_listener *kept = keeping_add(keeping, sizeof *kept);
        if (!kept)
            return;
        *kept = (struct kept_listener){ .fd = keeping_fd(keeping, listeners->all[i].fd),
                                        .index = listeners->all[i].index,
                                        .address = listeners->all[i].address };
    }
    keeping_head(keeping)->listeners = listeners->count;
    keeping_head(keeping)->listeners_resume_at_ms = listeners->resume_at_ms;
}

bool listeners_restore(struct master *master, const struct kept_head *head,
                       struct kept_reader *reader)
{
    struct listeners *listeners = master->listeners;
    const struct kept_listener *kept = kept_next(reader, sizeof *kept, head->listeners);
    if (!kept || head->listeners == 0 || head->listeners > LISTENING_MAX)
        return false;
    for (uint32_t i = 0; i < head->listeners; i++)
        listeners->all[i] = (struct listener){ .watch.ready = listeners->on_client,
                                               .fd = kept[i].fd,
                                               .index = kept[i].index,
                                               .address = kept[i].address };
    listeners->count = head->listeners;
    listeners->resume_at_ms = head->listeners_resume_at_ms;
    if (!listeners->resume_at_ms)
        watch_all(master);
    return true;
}
