/* SPDX-License-Identifier: BSD-2-Clause */
/* tunnel_socks.c - SOCKS version 5 (RFC 1928), with user and password (RFC 1929). */
#include "client/engine/tunnel.h"

#include "common/addr.h"
#include "common/text.h"

#include <errno.h>
#include <string.h>

enum { VERSION = 5, NO_LOGIN = 0, USER_PASSWORD = 2, NO_METHOD = 0xFF, LOGIN_VERSION = 1 };
enum { CONNECT = 1, IPV4 = 1, NAME = 3, IPV6 = 4 };
enum { STAGE_METHOD = 1, STAGE_LOGIN, STAGE_REPLY, STAGE_ADDRESS };

static void put(struct tunnel *tunnel, const void *bytes, size_t n)
{
    memcpy(tunnel->out + tunnel->out_n, bytes, n); /* two names of 255 bytes at most */
    tunnel->out_n += n;
}

static void put_byte(struct tunnel *tunnel, size_t value)
{
    tunnel->out[tunnel->out_n++] = (unsigned char)value;
}

static void put_counted(struct tunnel *tunnel, const char *text)
{
    const size_t n = strnlen(text, PROXY_FIELD_MAX);
    put_byte(tunnel, n);
    put(tunnel, text, n);
}

static int expect(struct tunnel *tunnel, unsigned stage, size_t n)
{
    tunnel->stage = stage;
    tunnel->in_n = 0;
    tunnel->in_wanted = n;
    return TUNNEL_GOES_ON;
}

bool tunnel_socks_begin(struct tunnel *tunnel)
{
    const bool login = tunnel->proxy->user[0];
    put_byte(tunnel, VERSION);
    put_byte(tunnel, login ? 2 : 1);
    put_byte(tunnel, NO_LOGIN);
    if (login)
        put_byte(tunnel, USER_PASSWORD);
    (void)expect(tunnel, STAGE_METHOD, 2);
    return true;
}

static int send_login(struct tunnel *tunnel)
{
    put_byte(tunnel, LOGIN_VERSION);
    put_counted(tunnel, tunnel->proxy->user);
    put_counted(tunnel, tunnel->proxy->password);
    return expect(tunnel, STAGE_LOGIN, 2);
}

static void put_host(struct tunnel *tunnel)
{
    struct sockaddr_storage address;
    if (!addr_parse_host_here(tunnel->host, &address)) {
        put_byte(tunnel, NAME);
        put_counted(tunnel, tunnel->host);
    } else if (address.ss_family == AF_INET6) {
        put_byte(tunnel, IPV6);
        put(tunnel, &((const struct sockaddr_in6 *)&address)->sin6_addr, 16);
    } else {
        put_byte(tunnel, IPV4);
        put(tunnel, &((const struct sockaddr_in *)&address)->sin_addr, 4);
    }
}

static int send_request(struct tunnel *tunnel)
{
    put_byte(tunnel, VERSION);
    put_byte(tunnel, CONNECT);
    put_byte(tunnel, 0);
    put_host(tunnel);
    put_byte(tunnel, tunnel->port >> 8);
    put_byte(tunnel, tunnel->port & 0xFF);
    return expect(tunnel, STAGE_REPLY, 5); /* and the first byte of the address */
}

static int take_method(struct tunnel *tunnel)
{
    if (tunnel->in[0] != VERSION)
        return tunnel_fails(tunnel, -EBADMSG, "it does not speak SOCKS 5");
    if (tunnel->in[1] == NO_LOGIN)
        return send_request(tunnel);
    if (tunnel->in[1] == USER_PASSWORD && tunnel->proxy->user[0])
        return send_login(tunnel);
    if (tunnel->in[1] == NO_METHOD)
        return tunnel_fails(tunnel, -ECONNREFUSED, "it requires %s",
                            tunnel->proxy->user[0] ? "another kind of log-in"
                                                   : "a user and a password");
    return tunnel_fails(tunnel, -EBADMSG, "it chose a log-in that was not offered");
}

static const char *reason(unsigned code)
{
    static const char *const reasons[] = {
        NULL,
        "it failed",
        "its rules do not allow the connection",
        "the network is unreachable from it",
        "the host is unreachable from it",
        "the server refused its connection",
        "the host is too many hops away",
        "it does not support CONNECT",
        "it does not support this kind of address",
    };
    return code < COUNT(reasons) ? reasons[code] : "it failed for an unknown reason";
}

/* The address that it reports is of no use, but must be read. */
static int take_reply(struct tunnel *tunnel)
{
    const unsigned kind = tunnel->in[3];
    if (tunnel->in[0] != VERSION)
        return tunnel_fails(tunnel, -EBADMSG, "it does not speak SOCKS 5");
    if (tunnel->in[1] != 0)
        return tunnel_fails(tunnel, -ECONNREFUSED, "%s", reason(tunnel->in[1]));
    if (kind != IPV4 && kind != NAME && kind != IPV6)
        return tunnel_fails(tunnel, -EBADMSG, "its reply has an unknown kind of address");
    /* one byte of the address, or the length of the name, is here already; then the port */
    return expect(tunnel, STAGE_ADDRESS,
                  2 + (kind == IPV4   ? 3U
                       : kind == IPV6 ? 15U
                                      : (size_t)tunnel->in[4]));
}

int tunnel_socks_take(struct tunnel *tunnel)
{
    switch (tunnel->stage) {
    case STAGE_METHOD:
        return take_method(tunnel);
    case STAGE_LOGIN:
        if (tunnel->in[1] != 0)
            return tunnel_fails(tunnel, -ECONNREFUSED, "it refused the user or the password");
        return send_request(tunnel);
    case STAGE_REPLY:
        return take_reply(tunnel);
    default:
        return 0;
    }
}
