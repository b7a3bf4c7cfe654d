/* SPDX-License-Identifier: BSD-2-Clause */
/* tunnel.c - the steps that both kinds of tunnels share. */
#include "client/engine/tunnel.h"

#include "client/engine/link.h"
#include "common/text.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int tunnel_fails(struct tunnel *tunnel, int error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(tunnel->why, sizeof tunnel->why, format, arguments);
    va_end(arguments);
    return error;
}

void tunnel_init(struct tunnel *tunnel, const struct proxy *proxy, const char *host, uint16_t port)
{
    *tunnel = (struct tunnel){ .proxy = proxy, .port = port };
    (void)text_copy(tunnel->host, sizeof tunnel->host, host);
}

static int begin(struct tunnel *tunnel)
{
    const bool fits =
        tunnel->proxy->kind == PROXY_HTTP ? tunnel_http_begin(tunnel) : tunnel_socks_begin(tunnel);
    return fits ? 0 : tunnel_fails(tunnel, -EMSGSIZE, "the name of the host is too long");
}

/* 0: all is sent. */
static int flush(struct tunnel *tunnel, int fd)
{
    while (tunnel->out_at < tunnel->out_n) {
        const ssize_t n =
            send(fd, tunnel->out + tunnel->out_at, tunnel->out_n - tunnel->out_at, MSG_NOSIGNAL);
        if (n >= 0)
            tunnel->out_at += (size_t)n;
        else if (errno == EAGAIN)
            return POLLOUT;
        else if (errno != EINTR)
            return tunnel_fails(tunnel, -errno, "%s", strerror(errno));
    }
    wipe(tunnel->out, sizeof tunnel->out); /* it may have had a password */
    tunnel->out_n = tunnel->out_at = 0;
    return 0;
}

/* 0: what is wanted has come. */
static int fill(struct tunnel *tunnel, int fd)
{
    while (tunnel->in_n < tunnel->in_wanted) {
        const ssize_t n = recv(fd, tunnel->in + tunnel->in_n, tunnel->in_wanted - tunnel->in_n, 0);
        if (n > 0)
            tunnel->in_n += (size_t)n;
        else if (n == 0)
            return tunnel_fails(tunnel, -ECONNREFUSED, "it closed the connection");
        else if (errno == EAGAIN)
            return POLLIN;
        else if (errno != EINTR)
            return tunnel_fails(tunnel, -errno, "%s", strerror(errno));
    }
    return 0;
}

static int read_reply(struct tunnel *tunnel, int fd)
{
    if (tunnel->proxy->kind == PROXY_HTTP)
        return tunnel_http_read(tunnel, fd);
    const int result = fill(tunnel, fd);
    return result == 0 ? tunnel_socks_take(tunnel) : result;
}

int tunnel_step(struct tunnel *tunnel, int fd)
{
    int result = tunnel->stage == 0 ? begin(tunnel) : 0;
    for (bool more = true; more && result == 0;) {
        result = flush(tunnel, fd);
        if (result == 0)
            result = read_reply(tunnel, fd);
        more = result == TUNNEL_GOES_ON;
        if (more)
            result = 0;
    }
    return result;
}

enum outcome tunnel_open(struct tunnel *tunnel, const struct settings *settings, int fd,
                         struct failure *failure)
{
    const int64_t deadline = now_ms() + settings->connect_ms;
    char shown[TARGET_NAME_SIZE * 2 + 32];
    int result = tunnel_step(tunnel, fd);
    while (result > 0) {
        const int waited = wait_ready(fd, (short)result, settings->interrupt_fd, -1, deadline);
        result = waited < 0 ? waited : tunnel_step(tunnel, fd);
    }
    if (result == 0)
        return OUTCOME_OK;
    if (result == -EINTR)
        return failure_set(failure, OUTCOME_INTERRUPTED, "interrupted");
    proxy_show(tunnel->proxy, shown, sizeof shown);
    if (result == -ETIMEDOUT)
        (void)tunnel_fails(tunnel, result, "it does not respond");
    return failure_set(failure, result == -EBADMSG ? OUTCOME_PROTOCOL : OUTCOME_UNREACHABLE,
                       "proxy %s: %s", shown, tunnel->why);
}
