/* SPDX-License-Identifier: BSD-2-Clause */
/* control.c - the control connections of the bench: from bytes to replies, plain and TLS. */
#include "client/bench/session.h"

#include "common/addr.h"
#include "common/text.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_AHEAD = 65536 };

bool bench_control_open(struct bench_loop *loop, struct bench_session *session)
{
    const struct sockaddr_storage *to = loop->plan->address;
    struct epoll_event event = { .events = EPOLLIN, .data.u64 = (uint64_t)session->index * 2 };
    int on = 1;
    session->control = socket(to->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (session->control < 0)
        return false;
    (void)setsockopt(session->control, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(session->control, (const struct sockaddr *)to, addr_size(to)) < 0 &&
        errno != EINPROGRESS)
        return false;
    return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, session->control, &event) == 0;
}

void bench_control_close(struct bench_session *session)
{
    if (session->control_tls) {
        SSL_free(session->control_tls);
        session->control_tls = NULL;
        ERR_clear_error();
    }
    SSL_SESSION_free(session->ticket);
    session->ticket = NULL;
    if (session->control >= 0)
        close(session->control);
    session->control = -1;
    session->in_n = 0;
    session->multi = 0;
}

void bench_control_acknowledge(const struct bench_session *session)
{
    const int on = 1;
    (void)setsockopt(session->control, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

void bench_send(struct bench_loop *loop, struct bench_session *session, const char *line, size_t n)
{
    ssize_t sent;
    if (session->control_tls)
        sent = SSL_write(session->control_tls, line, (int)n);
    else
        sent = send(session->control, line, n, MSG_NOSIGNAL);
    if (sent != (ssize_t)n)
        bench_fail(loop, session, "sending", sent < 0 ? strerror(errno) : "cut");
}

void bench_send_words(struct bench_loop *loop, struct bench_session *session, enum bench_step step,
                      const char *verb, const char *argument)
{
    char line[LINE_SIZE];
    if (!text_format(line, sizeof line, "%s%s%s\r\n", verb, argument ? " " : "",
                     argument ? argument : "")) {
        bench_fail(loop, session, verb, "too long");
        return;
    }
    session->step = step;
    bench_send(loop, session, line, strlen(line));
}

/* -------- TLS -------- */

static int on_ticket(SSL *ssl, SSL_SESSION *ticket)
{
    struct bench_session *session = SSL_get_app_data(ssl);
    if (!session)
        return 0;
    SSL_SESSION_free(session->ticket);
    session->ticket = ticket;
    return 1;
}

SSL_CTX *bench_tls(void)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    if (!tls)
        return NULL;
    SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
    SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(tls, on_ticket);
    SSL_CTX_set_read_ahead(tls, 1); /* one read for each record instead of two */
    SSL_CTX_set_default_read_buffer_len(tls, READ_AHEAD);
    return tls;
}

/* Goes on with the handshake. */
static void shake_hands(struct bench_loop *loop, struct bench_session *session)
{
    int result = SSL_connect(session->control_tls), error;
    if (result == 1) {
        bench_on_secured(loop, session);
        return;
    }
    error = SSL_get_error(session->control_tls, result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
        bench_fail(loop, session, "TLS", "the handshake failed");
}

void bench_control_tls(struct bench_loop *loop, struct bench_session *session)
{
    session->step = STEP_HANDSHAKE;
    session->control_tls = SSL_new(loop->tls);
    if (!session->control_tls || SSL_set_fd(session->control_tls, session->control) != 1) {
        bench_fail(loop, session, "TLS", "cannot be set up");
        return;
    }
    SSL_set_app_data(session->control_tls, session);
    shake_hands(loop, session);
}

static unsigned code_of(const char *line)
{
    for (unsigned i = 0; i < 3; i++)
        if (line[i] < '0' || line[i] > '9')
            return 0;
    return (unsigned)(line[0] - '0') * 100 + (unsigned)(line[1] - '0') * 10 +
           (unsigned)(line[2] - '0');
}

static void on_line(struct bench_loop *loop, struct bench_session *session, const char *line)
{
    const unsigned code = line[0] && line[1] && line[2] ? code_of(line) : 0;
    if (session->multi) {
        if (code != session->multi || line[3] == '-')
            return;
        session->multi = 0;
    } else if (code && line[3] == '-') {
        session->multi = code;
        return;
    }
    bench_on_reply(loop, session, code, line);
}

/* Takes whole lines out of the buffer.  A handler may end the connection: its buffer is then
 * empty. */
static void take_lines(struct bench_loop *loop, struct bench_session *session)
{
    unsigned at = 0;
    while (session->in_n > at) {
        char line[LINE_SIZE];
        const char *newline = memchr(session->in + at, '\n', session->in_n - at);
        size_t n;
        if (!newline)
            break;
        n = (size_t)(newline - session->in) - at;
        memcpy(line, session->in + at, n);
        line[n > 0 && line[n - 1] == '\r' ? n - 1 : n] = '\0';
        at += (unsigned)n + 1;
        on_line(loop, session, line);
    }
    if (session->in_n < at)
        at = session->in_n;
    memmove(session->in, session->in + at, session->in_n - at);
    session->in_n -= at;
    /* the middle of an overlong line of a banner */
    if (session->in_n == sizeof session->in)
        session->in_n = 0;
}

static ssize_t read_control(struct bench_session *session)
{
    const size_t room = sizeof session->in - session->in_n;
    int n, error;
    if (!session->control_tls)
        return recv(session->control, session->in + session->in_n, room, 0);
    n = SSL_read(session->control_tls, session->in + session->in_n, (int)room);
    if (n > 0)
        return n;
    error = SSL_get_error(session->control_tls, n);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        errno = EAGAIN;
        return -1;
    }
    return 0;
}

void bench_control_ready(struct bench_loop *loop, struct bench_session *session)
{
    if (session->control < 0)
        return;
    if (session->step == STEP_HANDSHAKE) {
        shake_hands(loop, session);
        return;
    }
    do {
        const ssize_t n = read_control(session);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n <= 0) {
            bench_on_lost(loop, session, n < 0 ? strerror(errno) : "the server closed it");
            return;
        }
        session->in_n += (unsigned)n;
        take_lines(loop, session);
        /* of what was read ahead */
    } while (session->control_tls && SSL_has_pending(session->control_tls));
}
