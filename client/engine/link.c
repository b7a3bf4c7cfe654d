/* SPDX-License-Identifier: BSD-2-Clause */
/* link.c - a connection with bounded waits. */
#include "client/engine/link.h"

#include "common/text.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <poll.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINK_WRITE_MAX = 1 << 20 };

void link_init(struct link *link, int fd, int interrupt_fd)
{
    *link = (struct link){ .fd = fd, .interrupt_fd = interrupt_fd, .watch_fd = -1 };
}

static int poll_timeout(int64_t deadline)
{
    const int64_t left = deadline - now_ms();
    if (left <= 0)
        return 0;
    return left > INT_MAX ? INT_MAX : (int)left;
}

int wait_ready(int fd, short events, int interrupt_fd, int watch_fd, int64_t deadline)
{
    for (;;) {
        struct pollfd fds[3] = { { .fd = fd, .events = events },
                                 { .fd = interrupt_fd, .events = POLLIN },
                                 { .fd = watch_fd, .events = POLLIN } };
        const int ready = poll(fds, COUNT(fds), poll_timeout(deadline));
        if (ready < 0 && errno != EINTR)
            return -errno;
        if (ready > 0 && fds[1].revents)
            return -EINTR;
        if (ready > 0 && fds[2].revents)
            return -ECANCELED;
        if (ready > 0 && fds[0].revents)
            return 0;
        if (ready == 0 && now_ms() >= deadline)
            return -ETIMEDOUT;
    }
}

int wait_pause(int interrupt_fd, int64_t ms)
{
    const int result = wait_ready(-1, 0, interrupt_fd, -1, now_ms() + ms);
    return result == -ETIMEDOUT ? 0 : result;
}

static int tls_failed(struct link *link)
{
    const unsigned long code = ERR_peek_last_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    text_format(link->why, sizeof link->why, "%s", reason ? reason : "TLS failed");
    ERR_clear_error();
    return -EPROTO;
}

/* The direction that OpenSSL waits for, or 0. */
static short wanted(int ssl_error)
{
    if (ssl_error == SSL_ERROR_WANT_READ)
        return POLLIN;
    return ssl_error == SSL_ERROR_WANT_WRITE ? POLLOUT : 0;
}

static bool ended_without_notice(void)
{
    return ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
}

/* One SSL_read: bytes, 0 at the end, -EAGAIN with *wait set, or a failure. */
static ssize_t tls_read_once(struct link *link, void *to, size_t room, short *wait)
{
    size_t n = 0;
    int error;
    ERR_clear_error();
    errno = 0;
    if (SSL_read_ex(link->ssl, to, room, &n) == 1)
        return (ssize_t)n;
    error = SSL_get_error(link->ssl, 0);
    *wait = wanted(error);
    if (*wait)
        return -EAGAIN;
    if (error == SSL_ERROR_ZERO_RETURN) {
        link->clean_end = true;
        return 0;
    }
    if (error == SSL_ERROR_SSL && ended_without_notice()) {
        ERR_clear_error();
        return 0;
    }
    if (error == SSL_ERROR_SYSCALL)
        return errno ? -errno : 0;
    return tls_failed(link);
}

/* All records that have arrived, so that a file gets them in one write.  An end or a failure behind
 * them is kept: OpenSSL does not tell its reason twice. */
static ssize_t tls_read(struct link *link, char *to, size_t room, short *wait)
{
    size_t n = 0;
    if (link->has_result)
        return link->result;
    while (n < room) {
        const ssize_t more = tls_read_once(link, to + n, room - n, wait);
        if (more > 0)
            n += (size_t)more;
        else if (n == 0)
            return more;
        if (more == 0 || (more < 0 && more != -EAGAIN)) {
            link->has_result = true;
            link->result = (int)more;
        }
        if (more <= 0 || !SSL_has_pending(link->ssl))
            break;
    }
    return (ssize_t)n;
}

static ssize_t read_once(struct link *link, void *to, size_t room, short *wait)
{
    ssize_t n;
    *wait = POLLIN;
    if (link->ssl)
        return tls_read(link, to, room, wait);
    do
        n = read(link->fd, to, room);
    while (n < 0 && errno == EINTR);
    if (n == 0)
        link->clean_end = true;
    return n < 0 ? -errno : n;
}

ssize_t link_read(struct link *link, void *to, size_t room, int timeout_ms)
{
    int64_t deadline = 0;
    for (;;) {
        short wait;
        const ssize_t n = read_once(link, to, room, &wait);
        int result;
        if (n != -EAGAIN || timeout_ms == 0)
            return n;
        if (deadline == 0)
            deadline = now_ms() + timeout_ms;
        result = wait_ready(link->fd, wait, link->interrupt_fd, link->watch_fd, deadline);
        if (result < 0)
            return result;
    }
}

static ssize_t tls_write_once(struct link *link, const void *bytes, size_t n, short *wait)
{
    size_t written = 0;
    int error;
    ERR_clear_error();
    errno = 0;
    if (SSL_write_ex(link->ssl, bytes, n, &written) == 1)
        return (ssize_t)written;
    error = SSL_get_error(link->ssl, 0);
    *wait = wanted(error);
    if (*wait)
        return -EAGAIN;
    if (error == SSL_ERROR_SYSCALL)
        return errno ? -errno : -ECONNRESET;
    return tls_failed(link);
}

static ssize_t write_once(struct link *link, const void *bytes, size_t n, short *wait)
{
    ssize_t written;
    *wait = POLLOUT;
    if (link->ssl)
        return tls_write_once(link, bytes, n, wait);
    do
        written = send(link->fd, bytes, n, MSG_NOSIGNAL);
    while (written < 0 && errno == EINTR);
    return written < 0 ? -errno : written;
}

int link_write_some(struct link *link, const void *bytes, size_t n, int timeout_ms)
{
    int64_t deadline = 0;
    for (;;) {
        short wait;
        const ssize_t written =
            write_once(link, bytes, n < LINK_WRITE_MAX ? n : LINK_WRITE_MAX, &wait);
        int result;
        if (written != -EAGAIN)
            return (int)written;
        if (deadline == 0)
            deadline = now_ms() + timeout_ms;
        result = wait_ready(link->fd, wait, link->interrupt_fd, link->watch_fd, deadline);
        if (result < 0)
            return result;
    }
}

int link_write(struct link *link, const void *bytes, size_t n, int timeout_ms)
{
    const char *at = bytes;
    while (n > 0) {
        const int written = link_write_some(link, at, n, timeout_ms);
        if (written < 0)
            return written;
        at += written;
        n -= (size_t)written;
    }
    return 0;
}

/* May sendfile have failed for the file, rather than for the connection? */
static bool is_of_file(int error)
{
    static const int errors[] = { EINVAL,    ENOSYS, EIO,    ESPIPE, EOPNOTSUPP,
                                  EOVERFLOW, ENOMEM, ESTALE, EACCES, EPERM };
    for (size_t i = 0; i < COUNT(errors); i++)
        if (error == errors[i])
            return true;
    return false;
}

int link_send_file(struct link *link, int fd, size_t n, int timeout_ms)
{
    for (;;) {
        const ssize_t sent = sendfile(link->fd, fd, NULL, n < LINK_WRITE_MAX ? n : LINK_WRITE_MAX);
        int result = 0;
        if (sent >= 0)
            return (int)sent;
        if (is_of_file(errno))
            return -ENOTSUP;
        if (errno == EAGAIN)
            result = wait_ready(link->fd, POLLOUT, link->interrupt_fd, link->watch_fd,
                                now_ms() + timeout_ms);
        else if (errno != EINTR)
            return -errno;
        if (result < 0)
            return result;
    }
}

int link_handshake_step(struct link *link)
{
    int result, error;
    ERR_clear_error();
    errno = 0;
    result = SSL_connect(link->ssl);
    if (result == 1)
        return 0;
    error = SSL_get_error(link->ssl, result);
    if (wanted(error))
        return wanted(error);
    if (error == SSL_ERROR_SYSCALL || ended_without_notice()) {
        text_format(link->why, sizeof link->why, "%s", "the server closed the connection");
        ERR_clear_error();
        return -EPROTO;
    }
    return tls_failed(link);
}

int link_handshake(struct link *link, int timeout_ms)
{
    const int64_t deadline = now_ms() + timeout_ms;
    for (;;) {
        int step = link_handshake_step(link), result;
        if (step <= 0)
            return step;
        result = wait_ready(link->fd, (short)step, link->interrupt_fd, link->watch_fd, deadline);
        if (result < 0)
            return result;
    }
}

/* Reads until the peer closes: closing with unread bytes would send a reset, which could
 * overtake what was sent. */
static int drain(struct link *link, int64_t deadline)
{
    char sink[4096];
    for (;;) {
        const ssize_t n = link_read(link, sink, sizeof sink, poll_timeout(deadline));
        if (n <= 0)
            return n == -EAGAIN ? -ETIMEDOUT : (int)n;
    }
}

int link_finish(struct link *link, int timeout_ms)
{
    const int64_t deadline = now_ms() + timeout_ms;
    link->watch_fd = -1;
    while (link->ssl) {
        int result = SSL_shutdown(link->ssl);
        const short wait = result < 0 ? wanted(SSL_get_error(link->ssl, result)) : 0;
        if (!wait)
            break;
        result = wait_ready(link->fd, wait, link->interrupt_fd, -1, deadline);
        if (result < 0)
            return result;
    }
    ERR_clear_error();
    if (shutdown(link->fd, SHUT_WR) < 0)
        return -errno;
    return drain(link, deadline);
}

void link_close(struct link *link)
{
    SSL_free(link->ssl);
    link->ssl = NULL;
    if (link->fd >= 0)
        close(link->fd);
    link->fd = -1;
}

void link_reset(struct link *link)
{
    struct linger now = { .l_onoff = 1, .l_linger = 0 };
    if (link->fd >= 0)
        (void)setsockopt(link->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    link_close(link);
}
