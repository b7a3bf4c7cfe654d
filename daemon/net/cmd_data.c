/* SPDX-License-Identifier: BSD-2-Clause */
/* cmd_data.c - runs in NET, without privilege: how the next data connection is
 * to be made. */
#include "daemon/net/handlers.h"

#include "common/addr.h"
#include "common/eprt.h"
#include "common/text.h"
#include "daemon/net/data.h"
#include "daemon/net/reply.h"
#include "daemon/net/secure.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum { PORT_MIN = 1024 }; /* law D1 */

static enum step no_listener(struct session *s, int error)
{
    if (error == -EADDRINUSE)
        return reply(s, 425, "All passive ports are in use; try again later.");
    return reply(s, 425, "Can't open a passive port: %s; try again later.", strerror(-error));
}

/* The address that clients connect to, in network order: behind NAT, the configured one.  False:
 * there is none. */
static bool pasv_address(const struct session *s, uint32_t *address)
{
    const void *any = &s->client.local;
    const struct sockaddr_in *local = any;
    *address = s->client.outside ? s->client.outside : local->sin_addr.s_addr;
    return s->client.outside || s->client.local.ss_family == AF_INET;
}

enum step cmd_pasv(struct session *s, const struct argument *argument)
{
    (void)argument;
    uint32_t address;
    if (s->epsv_all)
        return reply(s, 503, "Only EPSV is accepted after EPSV ALL.");
    if (!pasv_address(s, &address))
        return reply(s, 425, "PASV is for IPv4 only; use EPSV.");
    const int error = data_listen(s);
    if (error != 0)
        return no_listener(s, error);
    const uint32_t host = ntohl(address);
    const unsigned port = s->data.port;
    secure_fresh_ticket(s);
    return reply(s, 227, "Entering Passive Mode (%u,%u,%u,%u,%u,%u).", host >> 24, host >> 16 & 255,
                 host >> 8 & 255, host & 255, port >> 8, port & 255);
}

static unsigned family_number(const struct session *s)
{
    return s->client.peer.ss_family == AF_INET6 ? 2 : 1; /* RFC 2428 section 2 */
}

static enum step wrong_family(struct session *s)
{
    return reply(s, 522, "Network protocol not supported, use (%u)", family_number(s));
}

enum step cmd_epsv(struct session *s, const struct argument *argument)
{
    uint64_t family;
    if (strcasecmp(argument->text, "ALL") == 0) {
        s->epsv_all = true;
        return reply(s, 200, "EPSV ALL command successful.");
    }
    if (argument->length > 0) {
        if (!number_parse(argument->text, 0, UINT32_MAX, &family))
            return reply(s, 501, "Usage: EPSV [1 | 2 | ALL]");
        if (family != family_number(s))
            return wrong_family(s);
    }
    const int error = data_listen(s);
    if (error != 0)
        return no_listener(s, error);
    secure_fresh_ticket(s);
    return reply(s, 229, "Entering Extended Passive Mode (|||%u|)", s->data.port);
}

/* For PORT and EPRT: never to a third party, never to a service's port (law D1).  The dialer
 * refuses it as well. */
static enum step connect_to(struct session *s, const char *verb, const struct sockaddr_storage *to)
{
    const uint16_t port = addr_port(to);
    if (s->epsv_all)
        return reply(s, 503, "Only EPSV is accepted after EPSV ALL.");
    if (!s->listener->active)
        return reply(s, 502, "Active mode is disabled; use EPSV or PASV.");
    if (!addr_means_host(to, &s->client.peer))
        return reply(s, 504, "Illegal address: data connections go to your own address only.");
    if (port < PORT_MIN)
        return reply(s, 504, "Illegal port: the lowest port allowed is %d.", PORT_MIN);
    data_connect_to(s, port);
    secure_fresh_ticket(s);
    return reply(s, 200, "%s command successful.", verb);
}

enum step cmd_port(struct session *s, const struct argument *argument)
{
    struct sockaddr_storage to;
    if (port_parse(argument->text, &to) != 0)
        return reply(s, 501, "Usage: PORT h1,h2,h3,h4,p1,p2");
    return connect_to(s, "PORT", &to);
}

enum step cmd_eprt(struct session *s, const struct argument *argument)
{
    struct sockaddr_storage to;
    const int error = eprt_parse(argument->text, &to);
    if (error == -EPROTONOSUPPORT)
        return wrong_family(s);
    if (error != 0)
        return reply(s, 501, "Usage: EPRT |family|address|port|");
    if (to.ss_family != s->client.peer.ss_family)
        return wrong_family(s);
    return connect_to(s, "EPRT", &to);
}
