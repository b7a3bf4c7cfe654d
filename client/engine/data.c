/* SPDX-License-Identifier: BSD-2-Clause */
/* data.c - making, ending and breaking data connections. */
#include "client/engine/data.h"

#include "client/engine/reach.h"
#include "common/addr.h"
#include "common/eprt.h"
#include "common/text.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ABORT_MS = 4000, FINISH_MS = 10000, LATE_REPLIES_MAX = 4 };

/* Accepts the server's connection; drops others.  POLLIN: not yet. */
static int accept_step(struct session *session, struct data *data)
{
    struct sockaddr_storage from;
    socklen_t n = sizeof from;
    const int fd =
        accept4(data->link.fd, (struct sockaddr *)&from, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return errno == EAGAIN || errno == EINTR || errno == ECONNABORTED ? POLLIN : -errno;
    addr_unmap(&from);
    if (!addr_same_host(&from, &session->peer)) {
        close(fd);
        return POLLIN;
    }
    close(data->link.fd);
    data->link.fd = fd;
    return 0;
}

static int connect_step(struct data *data)
{
    struct pollfd one = { .fd = data->link.fd, .events = POLLOUT };
    int error = 0;
    socklen_t n = sizeof error;
    if (poll(&one, 1, 0) == 0)
        return POLLOUT;
    if (getsockopt(data->link.fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
        return -errno;
    return -error;
}

/* The connection is open; TLS is next, if used. */
static int begin_tls(struct session *session, struct data *data)
{
    if (!session->protected) {
        data->state = DATA_STANDS;
        return 0;
    }
    data->state = DATA_SHAKES_HANDS;
    return tls_data_begin(&session->tls, &data->link, session->settings);
}

/* The TCP connection is open: to the server, or to a proxy that is to lead there. */
static int begin_tunnel(struct session *session, struct data *data)
{
    if (!reach_tunnels(session))
        return begin_tls(session, data);
    data->state = DATA_ASKS_PROXY;
    reach_begin_data(session, &data->to, &data->tunnel);
    return 0;
}

static int tunnel_data(struct session *session, struct data *data)
{
    const int step = tunnel_step(&data->tunnel, data->link.fd);
    if (step < 0)
        text_format(data->link.why, sizeof data->link.why, "proxy: %.140s", data->tunnel.why);
    return step == 0 ? begin_tls(session, data) : step;
}

static int hands_step(struct session *session, struct data *data)
{
    const int step = link_handshake_step(&data->link);
    if (step != 0)
        return step;
    data->state = DATA_STANDS;
    if (!tls_data_check(&session->tls, &data->link)) {
        text_copy(data->link.why, sizeof data->link.why,
                  "the certificate of the data connection differs");
        return -EPROTO;
    }
    session_note(session, "data connection: %s, %s", SSL_get_version(data->link.ssl),
                 SSL_session_reused(data->link.ssl) ? "session resumed" : "full handshake");
    return 0;
}

/* Advances as far as possible: 0 done, poll events to wait for, or a failure. */
static int data_step(struct session *session, struct data *data)
{
    int step = 0;
    while (step == 0 && data->state != DATA_STANDS) {
        switch (data->state) {
        case DATA_LATER:
            if (now_ms() < data->later)
                return POLLOUT;
            step = data_connect(session, data) == OUTCOME_OK ? 0 : -EIO;
            break;
        case DATA_LISTENS:
            step = accept_step(session, data);
            if (step == 0)
                step = begin_tls(session, data);
            break;
        case DATA_CONNECTS:
            step = data->failed ? data->failed : connect_step(data);
            if (step == 0)
                step = begin_tunnel(session, data);
            break;
        case DATA_ASKS_PROXY:
            step = tunnel_data(session, data);
            break;
        case DATA_SHAKES_HANDS:
            step = hands_step(session, data);
            break;
        case DATA_STANDS:
            break;
        }
    }
    return step;
}

/* Waits for the control or the data connection. */
static int await_either(const struct session *session, const struct data *data, bool want_reply,
                        int events, int64_t deadline)
{
    int64_t left = deadline - now_ms();
    struct pollfd fds[3] = { { .fd = want_reply ? session->control.fd : -1, .events = POLLIN },
                             { .fd = events ? data->link.fd : -1, .events = (short)events },
                             { .fd = session->settings->interrupt_fd, .events = POLLIN } };
    if (left <= 0)
        return -ETIMEDOUT;
    if (data->state == DATA_LATER && left > 20)
        left = 20;
    if (poll(fds, 3, left > 60000 ? 60000 : (int)left) < 0 && errno != EINTR)
        return -errno;
    return fds[2].revents ? -EINTR : 0;
}

/* Looks for a reply while connecting: 1xx begins the transfer; a refusal ends it; the final reply
 * of a small file may come before the connection is ready, and is kept. */
static enum outcome look_for_reply(struct session *session, struct data *data)
{
    bool done;
    enum outcome outcome = session_try_receive(session, &done);
    if (outcome != OUTCOME_OK || !done)
        return outcome;
    if (session->reply.code < 200) {
        data->begun = true;
        return OUTCOME_OK;
    }
    outcome = session_check(session, NULL);
    data->ended = true;
    if (outcome == OUTCOME_OK && !data->begun)
        outcome = failure_set(&session->failure, OUTCOME_PROTOCOL,
                              "the transfer ended before it started (%d)", session->reply.code);
    return outcome;
}

enum outcome data_failure(struct session *session, const struct data *data, int error)
{
    switch (error) {
    case -EINTR:
        return failure_set(&session->failure, OUTCOME_INTERRUPTED, "interrupted");
    case -EPROTO:
        return failure_set(&session->failure, OUTCOME_PROTOCOL, "data connection: TLS: %s",
                           data->link.why);
    case -ETIMEDOUT:
        return failure_set(&session->failure, OUTCOME_AGAIN, "data connection: timed out");
    default:
        return failure_set(&session->failure, OUTCOME_AGAIN, "data connection: %s",
                           data->link.why[0] ? data->link.why : strerror(-error));
    }
}

enum outcome data_broken(struct session *session, struct data *data, int error)
{
    const bool ours = error == -EINTR || error == -ETIMEDOUT || error == -EPROTO || data->ended;
    enum outcome outcome;
    if (ours || (!session_has_input(session) &&
                 wait_ready(session->control.fd, POLLIN, session->settings->interrupt_fd, -1,
                            now_ms() + ABORT_MS) < 0)) {
        outcome = data_failure(session, data, error);
        data_abort(session, data);
        return outcome;
    }
    link_close(&data->link);
    if (session_receive(session) != OUTCOME_OK || session_check(session, NULL) != OUTCOME_OK)
        return session->failure.outcome;
    return data_failure(session, data, error);
}

static bool is_connecting(const struct data *data)
{
    return data->state == DATA_CONNECTS || data->state == DATA_ASKS_PROXY;
}

/* Both must come, in any order: the 1xx reply, and the connection with its handshake.  Servers
 * differ in which they want first. */
static enum outcome establish(struct session *session, struct data *data)
{
    const int64_t deadline = now_ms() + session->settings->connect_ms;
    const int64_t reply_deadline = now_ms() + session->settings->idle_ms;
    for (;;) {
        int events = 0, result;
        const enum outcome outcome = data->ended ? OUTCOME_OK : look_for_reply(session, data);
        if (outcome != OUTCOME_OK)
            return outcome;
        if (!data->failed && data->state != DATA_STANDS) {
            events = data_step(session, data);
            if (events < 0)
                data->failed = events;
        }
        if (data->begun && data->failed)
            return data_broken(session, data, data->failed);
        if (data->begun && data->state == DATA_STANDS)
            return OUTCOME_OK;
        if (!data->ended && session_has_input(session))
            continue;
        result = await_either(session, data, !data->ended, events > 0 ? events : 0,
                              data->begun || is_connecting(data) ? deadline : reply_deadline);
        if (result < 0) {
            data->failed = result;
            return data_broken(session, data, data->failed);
        }
    }
}

static enum outcome begin_once(struct session *session, struct data *data, int64_t restart,
                               const char *verb, const char *argument)
{
    *data = (struct data){ .state = DATA_LATER };
    link_init(&data->link, -1, session->settings->interrupt_fd);
    enum outcome outcome = data_route(session, data);
    if (outcome == OUTCOME_OK && restart > 0)
        outcome = session_ask(session, "REST %lld", (long long)restart);
    if (outcome == OUTCOME_OK)
        outcome =
            session_send(session, "%s%s%s", verb, argument ? " " : "", argument ? argument : "");
    if (outcome == OUTCOME_OK)
        outcome = establish(session, data);
    if (outcome != OUTCOME_OK)
        link_close(&data->link);
    return outcome;
}

/* The port of EPSV could not be reached, as behind some firewalls: PASV may have another way. */
static bool should_try_pasv(const struct session *session, const struct data *data)
{
    const bool unreachable = data->failed && data->failed != -EINTR && data->failed != -EPROTO;
    return session->open && session->settings->passive == PASSIVE_AUTO &&
           !session->settings->active && !session->no_epsv && !session->epsv_works &&
           session->peer.ss_family == AF_INET && (unreachable || session->failure.code == 425);
}

/* 532: the server wants the account for storing files, and has not got it yet. */
static bool account_helps(struct session *session)
{
    const struct failure kept = session->failure;
    if (session->reply.code != 532 || session_send_account(session) != OUTCOME_OK ||
        session->reply.code / 100 != 2) {
        session->failure = kept;
        return false;
    }
    return true;
}

enum outcome data_begin(struct session *session, struct data *data, int64_t restart,
                        const char *verb, const char *argument)
{
    *data = (struct data){ .state = DATA_LATER };
    link_init(&data->link, -1, session->settings->interrupt_fd);
    if (session_require(session) != OUTCOME_OK)
        return OUTCOME_AGAIN;
    session->failure.code = 0;
    enum outcome outcome = begin_once(session, data, restart, verb, argument);
    if (outcome == OUTCOME_REFUSED && account_helps(session))
        outcome = begin_once(session, data, restart, verb, argument);
    if (outcome != OUTCOME_OK && should_try_pasv(session, data)) {
        const struct failure kept = session->failure;
        session_note(session, "no connection to the port of EPSV; trying PASV");
        session->no_epsv = true;
        outcome = begin_once(session, data, restart, verb, argument);
        if (outcome == OUTCOME_REFUSED &&
            (session->reply.code == 500 || session->reply.code == 502)) {
            session->no_epsv = false; /* there is no PASV */
            session->failure = kept;
            return kept.outcome;
        }
    }
    session->epsv_works = session->epsv_works || (outcome == OUTCOME_OK && !session->no_epsv);
    return outcome;
}

enum outcome data_end(struct session *session, struct data *data)
{
    enum outcome outcome;
    if (session->settings->faults.no_close_notify && data->link.ssl) {
        SSL_set_quiet_shutdown(data->link.ssl, 1);
        (void)shutdown(data->link.fd, SHUT_WR);
    } else {
        (void)link_finish(&data->link, FINISH_MS); /* the server's reply decides */
    }
    link_close(&data->link);
    if (data->ended)
        return session_check(session, NULL);
    outcome = session_receive_final(session);
    return outcome == OUTCOME_OK ? session_check(session, NULL) : outcome;
}

/* A reset tells the server that this is not the end of the file; most then send 426.  ABOR is sent
 * only if no reply comes, since servers differ in how many replies it gets. */
void data_abort(struct session *session, struct data *data)
{
    const struct failure kept = session->failure;
    struct settings hurried = *session->settings;
    const struct settings *own = session->settings;
    link_reset(&data->link);
    if (data->ended)
        return;
    hurried.idle_ms = ABORT_MS;
    hurried.interrupt_fd = -1;
    session->settings = &hurried;
    session->control.interrupt_fd = -1;
    if (session->open && !session_has_input(session) &&
        wait_ready(session->control.fd, POLLIN, -1, -1, now_ms() + ABORT_MS / 2) < 0)
        (void)session_send(session, "ABOR");
    if (session->open)
        (void)session_receive(session);
    for (int i = 0; i < LATE_REPLIES_MAX && session->open && session_has_input(session); i++)
        (void)session_receive(session);
    session->settings = own;
    session->control.interrupt_fd = own->interrupt_fd;
    session->failure = kept;
}
