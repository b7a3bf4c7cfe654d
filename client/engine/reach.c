/* SPDX-License-Identifier: BSD-2-Clause */
/* reach.c - connects to a server, by the proxy that is set for it. */
#include "client/engine/reach.h"

#include "client/engine/dial.h"
#include "common/addr.h"
#include "common/text.h"

#include <string.h>
#include <unistd.h>

bool reach_tunnels(const struct session *session)
{
    return session->proxy && session->proxy->kind != PROXY_FTP;
}

bool reach_ends_at_proxy(const struct session *session)
{
    return session->proxy && session->proxy->kind == PROXY_FTP;
}

void reach_show(const struct session *session, char *to, size_t room)
{
    char shown[TARGET_NAME_SIZE * 2 + 32];
    to[0] = '\0';
    if (!session->proxy)
        return;
    proxy_show(session->proxy, shown, sizeof shown);
    (void)text_format(to, room, "by proxy %s", shown);
}

static enum outcome dial_proxy(struct session *session, int *fd, struct sockaddr_storage *at)
{
    const struct proxy *proxy = session->proxy;
    char text[FAILURE_SIZE];
    const enum outcome outcome =
        dial(session->settings, proxy->host, proxy->port, fd, at, &session->failure);
    if (outcome == OUTCOME_OK || outcome == OUTCOME_INTERRUPTED)
        return outcome;
    memcpy(text, session->failure.text, sizeof text);
    return failure_set(&session->failure, outcome, "proxy: %.*s", FAILURE_SIZE - 16, text);
}

static enum outcome tunnel_to(struct session *session, const char *host, int *fd)
{
    struct tunnel tunnel;
    enum outcome outcome = dial_proxy(session, fd, &session->hop);
    if (outcome != OUTCOME_OK)
        return outcome;
    tunnel_init(&tunnel, session->proxy, host, session->target.port);
    outcome = tunnel_open(&tunnel, session->settings, *fd, &session->failure);
    if (outcome != OUTCOME_OK)
        close(*fd);
    return outcome;
}

/* Names are looked up here, and the addresses tried in their order. */
static enum outcome tunnel_to_addresses(struct session *session, int *fd)
{
    struct addresses addresses;
    char text[ADDR_TEXT_ROOM];
    enum outcome outcome = dial_look_up(session->settings, session->target.host,
                                        session->target.port, &addresses, &session->failure);
    if (outcome != OUTCOME_OK)
        return outcome;
    for (uint32_t i = 0; i < addresses.count; i++) {
        session->peer = addresses.address[i];
        outcome = tunnel_to(session, addr_text(&session->peer, text), fd);
        if (outcome != OUTCOME_UNREACHABLE)
            break;
    }
    return outcome;
}

/* The server's address stays unknown, unless it was given: it is 0.0.0.0 then. */
static enum outcome tunnel_to_name(struct session *session, int *fd)
{
    if (!addr_parse_host_here(session->target.host, &session->peer))
        session->peer = (struct sockaddr_storage){ .ss_family = AF_INET };
    return tunnel_to(session, session->target.host, fd);
}

enum outcome reach_server(struct session *session, int *fd)
{
    const struct settings *settings = session->settings;
    const struct target *target = &session->target;
    char shown[TARGET_NAME_SIZE * 2 + 48];
    session->proxy = NULL;
    if (!settings->proxy || proxy_excludes(settings->no_proxy, target->host))
        return dial(settings, target->host, target->port, fd, &session->peer, &session->failure);
    session->proxy_kept = *settings->proxy;
    session->proxy = &session->proxy_kept;
    reach_show(session, shown, sizeof shown);
    session_note(session, "%s", shown);
    if (reach_ends_at_proxy(session) && target->implicit_tls)
        return failure_set(&session->failure, OUTCOME_USAGE,
                           "ftps:// does not work through an FTP proxy");
    if (reach_ends_at_proxy(session))
        return dial_proxy(session, fd, &session->peer);
    return session->proxy->looks_up ? tunnel_to_name(session, fd)
                                    : tunnel_to_addresses(session, fd);
}

static bool is_unknown(const struct sockaddr_storage *to)
{
    return to->ss_family == AF_INET &&
           ((const struct sockaddr_in *)to)->sin_addr.s_addr == INADDR_ANY;
}

void reach_begin_data(const struct session *session, const struct sockaddr_storage *to,
                      struct tunnel *tunnel)
{
    char text[ADDR_TEXT_ROOM];
    tunnel_init(tunnel, session->proxy, is_unknown(to) ? session->target.host : addr_text(to, text),
                addr_port(to));
}
