/* SPDX-License-Identifier: BSD-2-Clause */
/* tunnel_http.c - CONNECT (RFC 9110 section 9.3.6), with Basic credentials (RFC 7617). */
#include "client/engine/tunnel.h"

#include "common/text.h"

#include <errno.h>
#include <openssl/evp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

enum { HEADER_MAX = 16384, CREDENTIALS_SIZE = 2 * TARGET_NAME_SIZE + 2 };

static bool add(struct tunnel *tunnel, const char *before, const char *text, const char *after)
{
    char *at = (char *)tunnel->out + tunnel->out_n;
    if (!text_format(at, sizeof tunnel->out - tunnel->out_n, "%s%s%s", before, text, after))
        return false;
    tunnel->out_n += strlen(at);
    return true;
}

static bool add_credentials(struct tunnel *tunnel)
{
    char plain[CREDENTIALS_SIZE], coded[CREDENTIALS_SIZE * 4 / 3 + 8];
    if (!tunnel->proxy->user[0])
        return true;
    bool fits =
        text_format(plain, sizeof plain, "%s:%s", tunnel->proxy->user, tunnel->proxy->password);
    if (fits) {
        EVP_EncodeBlock((unsigned char *)coded, (const unsigned char *)plain, (int)strlen(plain));
        fits = add(tunnel, "Proxy-Authorization: Basic ", coded, "\r\n");
        wipe(coded, sizeof coded);
    }
    wipe(plain, sizeof plain);
    return fits;
}

bool tunnel_http_begin(struct tunnel *tunnel)
{
    const bool brackets = strchr(tunnel->host, ':');
    char to[TARGET_NAME_SIZE + 16];
    tunnel->stage++;
    return !strpbrk(tunnel->host, " \t\r\n") &&
           text_format(to, sizeof to, "%s%s%s:%u", brackets ? "[" : "", tunnel->host,
                       brackets ? "]" : "", (unsigned)tunnel->port) &&
           add(tunnel, "CONNECT ", to, " HTTP/1.1\r\n") && add(tunnel, "Host: ", to, "\r\n") &&
           add_credentials(tunnel) && add(tunnel, "", "\r\n", "");
}

/* Takes one byte of the header.  The status line is kept in tunnel->in; true at the empty line. */
static bool take_byte(struct tunnel *tunnel, char byte)
{
    enum { STATUS = 1, LINE_START, IN_LINE };
    if (byte == '\r')
        return false;
    if (byte == '\n') {
        const bool done = tunnel->stage == LINE_START;
        tunnel->stage = LINE_START;
        return done;
    }
    if (tunnel->stage == LINE_START)
        tunnel->stage = IN_LINE;
    if (tunnel->stage == STATUS && tunnel->in_n + 1 < sizeof tunnel->in)
        tunnel->in[tunnel->in_n++] = (unsigned char)byte;
    return false;
}

/* "HTTP/1.1 200 Connection established": any 2xx is a connection. */
static int judge(struct tunnel *tunnel)
{
    const char *line = (const char *)tunnel->in;
    uint64_t code;
    const char *blank = strchr(line, ' ');
    if (strncmp(line, "HTTP/1.", 7) != 0 || !blank ||
        !number_parse_n(blank + 1, strcspn(blank + 1, " "), 100, 599, &code))
        return tunnel_fails(tunnel, -EBADMSG, "it does not speak HTTP");
    if (code / 100 == 2)
        return 0;
    return tunnel_fails(tunnel, -ECONNREFUSED, "it refused the connection: %.100s", blank + 1);
}

/* Takes n bytes that are there: how many belong to the header. */
static size_t take(struct tunnel *tunnel, const char *bytes, size_t n, bool *done)
{
    size_t used = 0;
    while (used < n && !*done)
        *done = take_byte(tunnel, bytes[used++]);
    tunnel->taken += used;
    return used;
}

/* Fails at once where the reply does not begin as HTTP. */
static bool may_be_http(const struct tunnel *tunnel)
{
    const size_t n = tunnel->in_n < 5 ? tunnel->in_n : 5;
    return memcmp(tunnel->in, "HTTP/", n) == 0;
}

/* Looks at what came before it takes it, since the server's greeting may stand behind it. */
int tunnel_http_read(struct tunnel *tunnel, int fd)
{
    char bytes[2048];
    for (bool done = false; !done;) {
        const ssize_t n = recv(fd, bytes, sizeof bytes, MSG_PEEK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN ? POLLIN : tunnel_fails(tunnel, -errno, "%s", strerror(errno));
        if (n == 0)
            return tunnel_fails(tunnel, -ECONNREFUSED, "it closed the connection");
        const size_t used = take(tunnel, bytes, (size_t)n, &done);
        if (recv(fd, bytes, used, 0) != (ssize_t)used)
            return tunnel_fails(tunnel, -EBADMSG, "reading failed");
        if (!may_be_http(tunnel))
            return tunnel_fails(tunnel, -EBADMSG, "it does not speak HTTP");
        if (!done && tunnel->taken >= HEADER_MAX)
            return tunnel_fails(tunnel, -EBADMSG, "its reply is too long");
    }
    return judge(tunnel);
}
