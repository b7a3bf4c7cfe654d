/* SPDX-License-Identifier: BSD-2-Clause */
/* tunnel.h - asks an HTTP or SOCKS5 proxy for a connection.  What the proxy answers is bounded, and
 * what the server sends behind it stays in the socket. */
#ifndef CLIENT_ENGINE_TUNNEL_H
#define CLIENT_ENGINE_TUNNEL_H

#include "client/engine/failure.h"
#include "client/engine/proxy.h"
#include "client/engine/settings.h"

enum { TUNNEL_OUT_MAX = 2048, TUNNEL_IN_MAX = 512, TUNNEL_WHY_SIZE = 160 };
enum { TUNNEL_GOES_ON = 1 << 16 }; /* no event of poll(2) */

struct tunnel {
    const struct proxy *proxy;
    char host[TARGET_NAME_SIZE]; /* to where, as the proxy reads it */
    uint16_t port;
    unsigned stage; /* of the proxy's protocol */
    size_t out_n, out_at;
    size_t in_n, in_wanted;
    size_t taken; /* of an HTTP reply, in all */
    unsigned char out[TUNNEL_OUT_MAX], in[TUNNEL_IN_MAX];
    char why[TUNNEL_WHY_SIZE]; /* of a failure */
};

void tunnel_init(struct tunnel *tunnel, const struct proxy *proxy, const char *host, uint16_t port);

/* One step on a connected, non-blocking socket: 0 done, POLLIN or POLLOUT to wait for, or a failure:
 * -ECONNREFUSED (the proxy said no), -EBADMSG (it does not speak the protocol), or an errno of the
 * socket.  tunnel->why has the words. */
int tunnel_step(struct tunnel *tunnel, int fd);

/* All steps, within settings->connect_ms. */
enum outcome tunnel_open(struct tunnel *tunnel, const struct settings *settings, int fd,
                         struct failure *failure);

/* ---- tunnel_http.c and tunnel_socks.c: the two protocols ---- */

/* Put the first message into tunnel->out; false: it does not fit. */
bool tunnel_http_begin(struct tunnel *tunnel);
bool tunnel_socks_begin(struct tunnel *tunnel);
/* Reads the reply: as tunnel_step(). */
int tunnel_http_read(struct tunnel *tunnel, int fd);
/* Takes the in_wanted bytes of tunnel->in.  TUNNEL_GOES_ON: it wants more, or
 * has something to send. */
int tunnel_socks_take(struct tunnel *tunnel);

/* Sets tunnel->why, which failure_set() will escape, and returns error. */
int tunnel_fails(struct tunnel *tunnel, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
