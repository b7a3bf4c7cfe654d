/* SPDX-License-Identifier: BSD-2-Clause */
/* data_route.c - the way of a data connection: which side connects, to which address and port. */
#include "client/engine/data.h"

#include "client/engine/reach.h"
#include "common/addr.h"
#include "common/eprt.h"
#include "common/text.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static enum outcome local_failure(struct session *session, const char *what)
{
    return failure_set(&session->failure, OUTCOME_LOCAL, "%s: %s", what, strerror(errno));
}

/* EPSV is of no use here: PASV is, unless the user or IPv6 forbids. */
static bool falls_back(struct session *session)
{
    session->no_epsv =
        session->settings->passive == PASSIVE_AUTO && session->peer.ss_family == AF_INET;
    return session->no_epsv;
}

/* The port of EPSV; session->no_epsv: it failed, PASV is next. */
static enum outcome ask_epsv(struct session *session, uint16_t *port)
{
    const enum outcome outcome = session_command(session, "EPSV");
    if (outcome != OUTCOME_OK) {
        session->epsv_hangs = outcome == OUTCOME_AGAIN &&
                              session->settings->passive == PASSIVE_AUTO &&
                              session->peer.ss_family == AF_INET;
        return outcome;
    }
    const int number = session->reply.code == 229 ? epsv_reply_parse(session->reply.text) : -EINVAL;
    if (number > 0 && number <= 65535) {
        *port = (uint16_t)number;
        return OUTCOME_OK;
    }
    if (falls_back(session))
        return OUTCOME_OK;
    return session_check(session, NULL) != OUTCOME_OK
               ? session->failure.outcome
               : failure_set(&session->failure, OUTCOME_PROTOCOL, "unexpected reply to EPSV: %d %s",
                             session->reply.code, session->reply.text);
}

/* Of a PASV reply only the port is used, unless the user trusts the server: the address is that of
 * the control connection, so that neither a server behind NAT nor a hostile one sends us
 * elsewhere. */
static enum outcome ask_pasv(struct session *session, struct sockaddr_storage *to)
{
    struct sockaddr_storage said;
    const enum outcome outcome = session_ask(session, "PASV");
    if (outcome != OUTCOME_OK)
        return outcome;
    if (session->reply.code != 227 || pasv_reply_parse(session->reply.text, &said) < 0)
        return failure_set(&session->failure, OUTCOME_PROTOCOL, "no address in: %s",
                           session->reply.text);
    const bool same = reach_tunnels(session) || addr_same_host(&said, &session->peer);
    *to = session->settings->trust_pasv ? said : session->peer;
    addr_set_port(to, addr_port(&said));
    if (!same)
        session_note(session, "the address in the PASV reply is not the server's%s",
                     session->settings->trust_pasv ? "" : ": using its port only");
    return OUTCOME_OK;
}

enum outcome data_connect(struct session *session, struct data *data)
{
    const struct sockaddr_storage *to = reach_tunnels(session) ? &session->hop : &data->to;
    const int fd = socket(to->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return local_failure(session, "socket");
    data->link.fd = fd;
    if (session->settings->faults.slow_reader) {
        int room = 4096;
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    }
    data->state = DATA_CONNECTS;
    if (connect(fd, (const struct sockaddr *)to, addr_size(to)) < 0 && errno != EINPROGRESS)
        data->failed = -errno;
    return OUTCOME_OK;
}

static enum outcome go_passive(struct session *session, struct data *data)
{
    const struct faults *faults = &session->settings->faults;
    enum outcome outcome = OUTCOME_OK;
    uint16_t port = 0;
    if (session->settings->passive == PASSIVE_PASV)
        session->no_epsv = true;
    data->to = session->peer;
    if (!session->no_epsv)
        outcome = ask_epsv(session, &port);
    addr_set_port(&data->to, port);
    if (outcome == OUTCOME_OK && session->no_epsv)
        outcome = ask_pasv(session, &data->to);
    if (outcome != OUTCOME_OK)
        return outcome;
    if (faults->no_data || faults->late_data) {
        data->later = faults->no_data ? INT64_MAX : now_ms() + faults->late_data;
        return OUTCOME_OK;
    }
    return data_connect(session, data);
}

/* Binds to the first free port of the user's range. */
static int bind_port(int fd, const struct settings *settings, struct sockaddr_storage *at)
{
    for (uint32_t port = settings->active_first; port <= settings->active_last; port++) {
        addr_set_port(at, (uint16_t)port);
        if (bind(fd, (const struct sockaddr *)at, addr_size(at)) == 0)
            return 0;
        if (errno != EADDRINUSE)
            break;
    }
    return -1;
}

/* Listens on the address of the control connection, which the server can reach. */
static int listen_beside(const struct session *session, struct sockaddr_storage *at)
{
    socklen_t n = sizeof *at;
    if (getsockname(session->control.fd, (struct sockaddr *)at, &n) < 0)
        return -1;
    const int fd = socket(at->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (bind_port(fd, session->settings, at) == 0 && listen(fd, 4) == 0) {
        n = sizeof *at;
        if (getsockname(fd, (struct sockaddr *)at, &n) == 0)
            return fd;
    }
    const int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static enum outcome go_active(struct session *session, struct data *data)
{
    struct sockaddr_storage at = { .ss_family = AF_UNSPEC };
    char argument[ADDR_TEXT_ROOM];
    bool extended;
    if (reach_tunnels(session))
        return failure_set(&session->failure, OUTCOME_USAGE,
                           "active mode does not work through a proxy; use passive mode");
    data->link.fd = listen_beside(session, &at);
    if (data->link.fd < 0)
        return local_failure(session, "listening");
    data->state = DATA_LISTENS;
    addr_unmap(&at);
    const uint16_t port = addr_port(&at);
    if (session->settings->active_address) {
        if (!addr_parse_host(session->settings->active_address, &at))
            return failure_set(&session->failure, OUTCOME_USAGE, "%s: invalid address",
                               session->settings->active_address);
        addr_set_port(&at, port);
    }
    extended = at.ss_family == AF_INET6;
    if (!(extended ? eprt_format : port_format)(&at, argument, sizeof argument))
        return failure_set(&session->failure, OUTCOME_LOCAL,
                           "cannot format our address for the server");
    return session_ask(session, "%s %s", extended ? "EPRT" : "PORT", argument);
}

enum outcome data_route(struct session *session, struct data *data)
{
    return session->settings->active ? go_active(session, data) : go_passive(session, data);
}
