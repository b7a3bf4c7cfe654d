/* SPDX-License-Identifier: BSD-2-Clause */
/* cmd_host.c - runs in NET, without privilege: HOST, and the name of the TLS
 * handshake (SNI). */
#include "daemon/net/handlers.h"

#include "common/addr.h"
#include "common/text.h"
#include "daemon/net/message.h"
#include "daemon/net/reply.h"
#include "daemon/net/tls.h"

#include <string.h>
#include <strings.h>

/* Is it "[IPV6-ADDRESS]", n bytes long? */
static bool is_bracketed(const char *name, size_t n)
{
    struct sockaddr_storage address;
    char inner[HOST_ROOM];
    if (n < 2 || name[n - 1] != ']')
        return false;
    return text_format(inner, sizeof inner, "%.*s", (int)(n - 2), name + 1) &&
           addr_parse_host(inner, &address) && address.ss_family == AF_INET6;
}

/* Is it a host name, or an address?  An address means the host that the client has connected to. */
static bool host_form(const char *name, bool *literal)
{
    const size_t n = strlen(name);
    struct sockaddr_storage address;

    *literal = name[0] == '[';
    if (n == 0 || n >= HOST_ROOM)
        return false;
    if (*literal)
        return is_bracketed(name, n);
    if (addr_parse_host(name, &address)) {
        *literal = true;
        return address.ss_family == AF_INET;
    }
    const size_t fine =
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._");
    return fine == n && name[0] != '.' && name[0] != '-';
}

static const struct host_config *host_find(const struct config *config, const char *name)
{
    for (uint32_t i = 0; i < config->host_count; i++) {
        if (strcasecmp(config->hosts[i].name, name) == 0)
            return &config->hosts[i];
    }
    return NULL;
}

/* The host of the TLS handshake: its certificate is valid for that host and no other (RFC 7151
 * section 3.3).  NULL: no TLS, or no server name was sent. */
static const struct host_config *host_of_tls(const struct session *s)
{
    char name[HOST_ROOM] = "";
    if (tls_is(&s->control))
        tls_server_name(&s->control, name, sizeof name);
    return name[0] != '\0' ? host_find(s->config, name) : NULL;
}

/* A name that the client asked for by SNI is the virtual host, until HOST comes. */
void host_take_from_tls(struct session *s)
{
    const struct host_config *host = host_of_tls(s);
    if (host)
        (void)text_copy(s->host, sizeof s->host, host->name);
}

void host_forget(struct session *s)
{
    s->host[0] = '\0';
}

/* RFC 7151 section 3: before the log-in; 504 for an unknown host.  If the configuration names no
 * hosts, any name is accepted. */
enum step cmd_host(struct session *s, const struct argument *argument)
{
    bool literal;
    if (s->logged_in || s->name[0] != '\0')
        return reply(s, 503, "Send HOST before USER.");
    if (!host_form(argument->text, &literal))
        return reply(s, 501, "Invalid host name.");
    const struct host_config *host = host_find(s->config, argument->text);
    if (!host && !literal && s->config->host_count > 0)
        return reply(s, 504, "Unknown host name.");
    const struct host_config *tls_host = host_of_tls(s);
    if (tls_host && tls_host != host)
        return reply(s, 504, "The TLS connection was made for another host.");
    (void)text_copy(s->host, sizeof s->host, host ? host->name : "");
    return message_greeting(s, host);
}
