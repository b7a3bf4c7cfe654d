/* SPDX-License-Identifier: BSD-2-Clause */
/* data.c - data connections of the bench.  A small plain download is not registered with
 * epoll: when its 226 is here, so are its bytes.  Larger ones, and all under TLS, are; and all of
 * them at a server that waits for our close before it says 226. */
#include "client/bench/session.h"

#include "common/addr.h"

#include <errno.h>
#include <openssl/err.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

enum { UNWATCHED_MAX = 48 * 1024, PIECES_A_TURN = 8, DISCARD = 1 << 20 };

void bench_data_close(struct bench_loop *loop, struct bench_session *session)
{
    (void)loop;
    if (session->data_tls) {
        SSL_free(session->data_tls);
        session->data_tls = NULL;
        ERR_clear_error(); /* what one connection left must not pass for the next one's */
    }
    if (session->data >= 0)
        close(session->data);
    session->data = -1;
    session->data_events = 0;
    session->data_shaken = false;
}

/* Tells epoll what the data connection waits for. */
static void watch_data(struct bench_loop *loop, struct bench_session *session, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.u64 = (uint64_t)session->index * 2 + 1 };
    if (session->data_events == events)
        return;
    if (epoll_ctl(loop->epoll, session->data_events ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, session->data,
                  &event) < 0) {
        bench_fail(loop, session, "epoll", strerror(errno));
        return;
    }
    session->data_events = events;
}

static void unwatch_data(struct bench_loop *loop, struct bench_session *session)
{
    if (session->data_events)
        (void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, session->data, NULL);
    session->data_events = 0;
}

static void data_over(struct bench_loop *loop, struct bench_session *session)
{
    session->data_done = true;
    bench_maybe_done(loop, session);
}

static const char *tls_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason ? reason : "the handshake failed";
}

/* True if the handshake is done. */
static bool shake_data(struct bench_loop *loop, struct bench_session *session)
{
    int result, error;
    if (session->data_shaken || !session->data_tls)
        return true;
    result = SSL_connect(session->data_tls);
    if (result == 1) {
        session->data_shaken = true;
        if (SSL_session_reused(session->data_tls))
            loop->board->resumed++;
        else
            loop->board->full++;
        return true;
    }
    error = SSL_get_error(session->data_tls, result);
    if (error == SSL_ERROR_WANT_READ)
        watch_data(loop, session, EPOLLIN);
    else if (error == SSL_ERROR_WANT_WRITE)
        watch_data(loop, session, EPOLLOUT);
    else
        bench_fail(loop, session, "TLS of the data connection", tls_reason());
    return false;
}

void bench_data_tls(struct bench_loop *loop, struct bench_session *session)
{
    session->data_tls = SSL_new(loop->tls);
    if (!session->data_tls || SSL_set_fd(session->data_tls, session->data) != 1) {
        bench_fail(loop, session, "TLS", "cannot be set up");
        return;
    }
    SSL_set_app_data(session->data_tls, NULL);
    if (session->ticket) { /* OpenSSL lets a TLS 1.3 ticket be used once: so a copy */
        SSL_SESSION *copy = SSL_SESSION_dup(session->ticket);

        if (copy)
            (void)SSL_set_session(session->data_tls, copy);
        SSL_SESSION_free(copy);
    }
    bench_data_ready(loop, session); /* a near server is often done by the first try */
}

void bench_data_open(struct bench_loop *loop, struct bench_session *session, unsigned port)
{
    struct sockaddr_storage to = *loop->plan->address;
    const int64_t size = bench_size(loop->plan, session->op);
    addr_set_port(&to, (uint16_t)port);
    session->data = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (session->data < 0 ||
        (connect(session->data, (const struct sockaddr *)&to, addr_size(&to)) < 0 &&
         errno != EINPROGRESS)) {
        bench_fail(loop, session, "data connection", strerror(errno));
        return;
    }
    if (!loop->plan->tls && !bench_is_upload(session->op) &&
        (loop->watch_all || size > UNWATCHED_MAX || (size < 0 && loop->plan->entries > 300)))
        watch_data(loop, session, EPOLLIN);
}

void bench_data_watch_all(struct bench_loop *loop)
{
    for (unsigned i = 0; i < loop->count; i++) {
        struct bench_session *session = &loop->sessions[i];
        if (session->step == STEP_TRANSFER && session->data >= 0 && !session->data_events &&
            !session->data_tls && !session->data_done && !bench_is_upload(session->op)) {
            loop->watch_all = true;
            watch_data(loop, session, EPOLLIN);
        }
    }
}

/* Bytes, 0 at the end, -1 with errno. */
static ssize_t receive(struct bench_loop *loop, struct bench_session *session)
{
    int n, error;
    if (!session->data_tls) /* with MSG_TRUNC TCP discards without copying */
        return recv(session->data, loop->piece, DISCARD, MSG_TRUNC);
    n = SSL_read(session->data_tls, loop->piece, PIECE);
    if (n > 0)
        return n;
    error = SSL_get_error(session->data_tls, n);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
        errno = EAGAIN;
    else if (error == SSL_ERROR_ZERO_RETURN)
        return 0;
    else
        errno = EPROTO;
    return -1;
}

static void download(struct bench_loop *loop, struct bench_session *session)
{
    for (unsigned i = 0; i < PIECES_A_TURN || session->data_tls; i++) {
        const ssize_t n = receive(loop, session);
        if (n == 0) {
            if (session->data_tls)
                (void)SSL_shutdown(session->data_tls);
            bench_data_close(loop, session); /* some servers say 226 only when we have closed too */
            data_over(loop, session);
            return;
        }
        if (n < 0 && errno == EAGAIN) {
            watch_data(loop, session, EPOLLIN);
            return;
        }
        if (n < 0) {
            bench_fail(loop, session, "data connection", strerror(errno));
            return;
        }
        session->moved += n;
        if (i >= PIECES_A_TURN && !SSL_has_pending(session->data_tls))
            break;
    }
    watch_data(loop, session, EPOLLIN);
}

static ssize_t transmit(struct bench_loop *loop, struct bench_session *session, int64_t left)
{
    off_t at = session->moved;
    const size_t most = left < (int64_t)DISCARD ? (size_t)left : DISCARD;
    int n, error;
    if (!session->data_tls && left <= PIECE)
        return send(session->data, loop->piece, most, MSG_NOSIGNAL);
    if (!session->data_tls)
        return sendfile(session->data, loop->content, &at, most);
    n = SSL_write(session->data_tls, loop->piece, most < PIECE ? (int)most : PIECE);
    if (n > 0)
        return n;
    error = SSL_get_error(session->data_tls, n);
    errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : EPROTO;
    return -1;
}

/* All is sent.  Under TLS the connection stays until the reply: closing with unread tickets of the
 * server would be a reset. */
static void sent_all(struct bench_loop *loop, struct bench_session *session)
{
    if (session->data_tls) {
        (void)SSL_shutdown(session->data_tls);
        shutdown(session->data, SHUT_WR);
        unwatch_data(loop, session);
    } else {
        close(session->data);
        session->data = -1;
        session->data_events = 0;
    }
    data_over(loop, session);
}

static void upload(struct bench_loop *loop, struct bench_session *session)
{
    const int64_t size = bench_size(loop->plan, session->op);
    if (!session->begun) {
        unwatch_data(loop, session); /* 1xx is awaited */
        return;
    }
    for (unsigned i = 0; session->moved < size; i++) {
        const ssize_t n = i < PIECES_A_TURN ? transmit(loop, session, size - session->moved) : -1;
        if (i == PIECES_A_TURN || (n < 0 && errno == EAGAIN)) {
            watch_data(loop, session, EPOLLOUT);
            return;
        }
        if (n < 0) {
            bench_fail(loop, session, "data connection", strerror(errno));
            return;
        }
        session->moved += n;
    }
    sent_all(loop, session);
}

void bench_data_ready(struct bench_loop *loop, struct bench_session *session)
{
    if (!shake_data(loop, session) || session->data_done)
        return;
    if (bench_is_upload(session->op))
        upload(loop, session);
    else
        download(loop, session);
}
