/* SPDX-License-Identifier: BSD-2-Clause */
/* peer_filter.c - runs in the dialer: a socket that only one client can reach.
 *
 * A classic BPF program on the socket drops every packet whose source is not the
 * client of the control connection, including SYNs and the answers to them.  It is
 * locked: even a taken NET can accept and connect to no other host (invariant I12,
 * law D1).  Connections accepted from a listener inherit it.
 */
#include "daemon/dialer/dialer.h"

#include "common/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <sys/socket.h>

enum { IPV4_SOURCE = 12, IPV6_SOURCE = 8, DROP = 0, PASS = -1 };

static int attach(int socket, struct sock_filter *code, unsigned short length)
{
    const struct sock_fprog program = { .len = length, .filter = code };
    const int locked = 1;
    if (setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0 ||
        setsockopt(socket, SOL_SOCKET, SO_LOCK_FILTER, &locked, sizeof locked) != 0)
        return -errno;
    return 0;
}

/* The offsets are relative to the IP header (SKF_NET_OFF). */
static struct sock_filter load(uint32_t offset)
{
    return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)SKF_NET_OFF + offset);
}

/* Goes on if the word is equal; otherwise skips `skip` instructions to the drop. */
static struct sock_filter equals(uint32_t word, unsigned char skip)
{
    return (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, word, 0, skip);
}

static struct sock_filter verdict(int value)
{
    return (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, (uint32_t)value);
}

int peer_filter(int socket, const struct sockaddr_storage *peer)
{
    if (peer->ss_family == AF_INET) {
        const uint32_t source = ntohl(((const struct sockaddr_in *)peer)->sin_addr.s_addr);
        struct sock_filter code[] = { load(IPV4_SOURCE), equals(source, 1), verdict(PASS),
                                      verdict(DROP) };
        return attach(socket, code, COUNT(code));
    }
    if (peer->ss_family != AF_INET6)
        return -EAFNOSUPPORT;
    const uint32_t *words = ((const struct sockaddr_in6 *)peer)->sin6_addr.s6_addr32;
    struct sock_filter code[] = {
        load(IPV6_SOURCE),      equals(ntohl(words[0]), 7),
        load(IPV6_SOURCE + 4),  equals(ntohl(words[1]), 5),
        load(IPV6_SOURCE + 8),  equals(ntohl(words[2]), 3),
        load(IPV6_SOURCE + 12), equals(ntohl(words[3]), 1),
        verdict(PASS),          verdict(DROP),
    };
    return attach(socket, code, COUNT(code));
}
