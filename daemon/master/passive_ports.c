/* SPDX-License-Identifier: BSD-2-Clause */
/* passive_ports.c - runs in the master: asks the kernel (sock_diag(7)) which ports are
 * listened on.  The dialer gives its listeners away, and no process learns of their end;
 * the kernel knows, and includes the ports that other programs have taken.  Only
 * listeners are asked for, and only when somebody reads the metrics. */
#include "daemon/master/passive_ports.h"

#include "common/text.h"
#include "daemon/master/master.h"
#include "daemon/master/network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORTS = 65536, REPLY_BYTES = 32768, REPLIES_MAX = 4096 };

/* A bit for each port. */
struct port_set {
    uint64_t words[PORTS / 64];
};

static bool has(const struct port_set *set, uint32_t port)
{
    return set->words[port / 64] >> (port % 64) & 1;
}

/* False: it is in the set already. */
static bool add(struct port_set *set, uint32_t port)
{
    const bool had = has(set, port);
    set->words[port / 64] |= UINT64_C(1) << (port % 64);
    return !had;
}

static uint32_t add_configured(const struct config *config, struct port_set *ports)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < config->listener_count; i++) {
        const struct port_range range = config->listeners[i].passive_ports;
        for (uint32_t port = range.first; port <= range.last; port++)
            count += add(ports, port);
    }
    return count;
}

/* A socket of the machine's network, where the master itself has none; or -errno. */
static int open_diagnosis(const struct master *master)
{
    const struct timeval limit = { .tv_sec = 1 };
    const int fd = network_open(master, AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0)
        return fd;
    const int error = -errno;
    close(fd);
    return error;
}

static bool ask(int fd, uint8_t family)
{
    struct {
        struct nlmsghdr head;
        struct inet_diag_req_v2 what;
    } question = {
        .head = { .nlmsg_len = sizeof question,
                  .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
        .what = { .sdiag_family = family,
                  .sdiag_protocol = IPPROTO_TCP,
                  .idiag_states = 1U << TCP_LISTEN },
    };
    return send(fd, &question, sizeof question, 0) == (ssize_t)sizeof question;
}

struct listening {
    const struct port_set *configured;
    struct port_set seen; /* a port that is listened on at several addresses counts once */
    uint32_t count;
};

static void take(struct listening *listening, const char *body, size_t size)
{
    struct inet_diag_msg about;
    if (size < sizeof about)
        return;
    memcpy(&about, body, sizeof about);
    const uint32_t port = ntohs(about.id.idiag_sport);
    if (has(listening->configured, port))
        listening->count += add(&listening->seen, port);
}

enum { MORE, COMPLETE, FAILED };

/* One datagram of n bytes: some messages, each aligned to four bytes. */
static int take_all(struct listening *listening, const char *bytes, size_t n)
{
    struct nlmsghdr head;
    for (size_t at = 0; n - at >= sizeof head;) {
        memcpy(&head, bytes + at, sizeof head);
        if (head.nlmsg_type == NLMSG_DONE)
            return COMPLETE;
        if (head.nlmsg_type == NLMSG_ERROR || head.nlmsg_len < sizeof head ||
            head.nlmsg_len > n - at)
            return FAILED;
        take(listening, bytes + at + sizeof head, head.nlmsg_len - sizeof head);
        const size_t whole = (head.nlmsg_len + 3U) & ~(size_t)3;
        at += whole < n - at ? whole : n - at;
    }
    return MORE;
}

/* False: the kernel does not say. */
static bool look(int fd, uint8_t family, struct listening *listening)
{
    static char reply[REPLY_BYTES];
    int state = ask(fd, family) ? MORE : FAILED;
    for (int i = 0; i < REPLIES_MAX && state == MORE; i++) {
        const ssize_t n = read(fd, reply, sizeof reply);
        state = n > 0 ? take_all(listening, reply, (size_t)n) : FAILED;
    }
    return state == COMPLETE;
}

struct passive_ports passive_ports_count(const struct master *master)
{
    static struct port_set configured;
    static struct listening listening;
    struct passive_ports result = { .known = false };
    memset(&configured, 0, sizeof configured);
    memset(&listening, 0, sizeof listening);
    listening.configured = &configured;
    result.configured = add_configured(master->config, &configured);
    const int fd = open_diagnosis(master);
    if (fd < 0)
        return result;
    result.known = look(fd, AF_INET, &listening) && look(fd, AF_INET6, &listening);
    result.in_use = listening.count;
    close(fd);
    return result;
}
