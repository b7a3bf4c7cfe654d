/* SPDX-License-Identifier: BSD-2-Clause */
/* ways.c - checks of the ways of data connections.  No check makes the server connect to a third
 * host: after PORT no transfer is begun. */
#include "client/check/check.h"

#include "common/addr.h"
#include "common/eprt.h"

#include <sys/socket.h>

enum { LOW_PORT = 1020, SOME_PORT = 50021 };

void check_epsv(struct check *check)
{
    struct session *session = &check->main;
    int port;
    if (!ask(check, session, "EPSV") || said_missing(check, session))
        return;
    port = session->reply.code == 229 ? epsv_reply_parse(session->reply.text) : -1;
    said_reply(check, port > 0 && port <= UINT16_MAX ? VERDICT_PASS : VERDICT_FAIL, session);
}

void check_pasv(struct check *check)
{
    struct session *session = &check->main;
    struct sockaddr_storage at;
    if (session->peer.ss_family != AF_INET) {
        said(check, VERDICT_UNKNOWN, "the session uses IPv6");
        return;
    }
    if (!ask(check, session, "PASV") || said_missing(check, session))
        return;
    if (session->reply.code != 227 || pasv_reply_parse(session->reply.text, &at) < 0)
        said_reply(check, VERDICT_FAIL, session);
    else if (!addr_same_host(&at, &session->peer))
        said(check, VERDICT_DIFFERS, "another address: %.120s", session->reply.text);
    else
        said_reply(check, VERDICT_PASS, session);
}

/* The way back to us is accepted; no transfer uses it. */
static void expect_own(struct check *check, bool extended)
{
    struct session *session = &check->main;
    struct sockaddr_storage own = { .ss_family = AF_UNSPEC };
    socklen_t n = sizeof own;
    char argument[ADDR_TEXT_ROOM];
    if (getsockname(session->control.fd, (struct sockaddr *)&own, &n) < 0)
        return;
    addr_unmap(&own);
    addr_set_port(&own, SOME_PORT);
    if (!(extended ? eprt_format : port_format)(&own, argument, sizeof argument)) {
        said(check, VERDICT_UNKNOWN, "the session uses IPv6");
        return;
    }
    if (!ask(check, session, "%s %s", extended ? "EPRT" : "PORT", argument) ||
        said_missing(check, session))
        return;
    said_reply(check, session->reply.code == 200 ? VERDICT_PASS : VERDICT_DIFFERS, session);
}

void check_port(struct check *check)
{
    expect_own(check, false);
}

void check_eprt(struct check *check)
{
    expect_own(check, true);
}

/* PORT or EPRT with the address, in a session of its own: its next transfer would use it. */
static void expect_no_port(struct check *check, struct sockaddr_storage *address, uint16_t port,
                           enum verdict otherwise)
{
    struct session *session = &check->other;
    const bool extended = address->ss_family == AF_INET6;
    char argument[ADDR_TEXT_ROOM];
    addr_set_port(address, port);
    if (!(extended ? eprt_format : port_format)(address, argument, sizeof argument)) {
        said(check, VERDICT_UNKNOWN, "the address cannot be sent");
        return;
    }
    if (!ask(check, session, "%s %s", extended ? "EPRT" : "PORT", argument))
        return;
    said_reply(check, session->reply.code >= 400 ? VERDICT_PASS : otherwise, session);
    session_close(session, false);
}

void check_bounce(struct check *check)
{
    struct sockaddr_storage test_net;
    if (open_second(check) &&
        addr_parse_host(check->other.peer.ss_family == AF_INET6 ? "2001:db8::1" : "192.0.2.1",
                        &test_net))
        expect_no_port(check, &test_net, SOME_PORT, VERDICT_FAIL);
}

void check_bounce_low_port(struct check *check)
{
    struct sockaddr_storage own = { .ss_family = AF_UNSPEC };
    socklen_t n = sizeof own;
    if (!open_second(check) ||
        getsockname(check->other.control.fd, (struct sockaddr *)&own, &n) < 0)
        return;
    addr_unmap(&own);
    expect_no_port(check, &own, LOW_PORT, VERDICT_DIFFERS);
}

void check_epsv_all(struct check *check)
{
    struct session *session = &check->other;
    if (!open_second(check) || !ask(check, session, "EPSV ALL"))
        return;
    if (session->reply.code / 100 != 2) {
        said_reply(check, VERDICT_UNKNOWN, session);
        return;
    }
    if (ask(check, session, "PASV"))
        said_reply(check, session->reply.code >= 400 ? VERDICT_PASS : VERDICT_FAIL, session);
}
