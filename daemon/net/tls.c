/* SPDX-License-Identifier: BSD-2-Clause */
/* tls.c - runs in NET: the server's side of TLS as a kind of stream. */
#include "daemon/net/tls.h"

#include "common/text.h"
#include "daemon/net/tls_context.h"
#include "daemon/net/tls_resume.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Two records: with more, OpenSSL would spend time on moving the rest to the front of its
 * buffer. */
enum { DATA_READ_SIZE = 2 * (SSL3_RT_MAX_ENCRYPTED_LENGTH + SSL3_RT_HEADER_LENGTH) };

struct tls {
    SSL *ssl;
    BIO *held;      /* records that are sent together with the next write, in memory; NULL: none */
    size_t held_at; /* so many of its bytes are sent */
    size_t held_n;  /* bytes of that write, when it is in there, too */
    short read_wants, write_wants; /* after -EAGAIN: what the socket must be ready for; else 0 */
    bool broken;                   /* a fatal error: no close_notify can be sent */
    bool ended;                    /* close_notify and FIN have been sent, as far as possible */
};

static ssize_t blocked(short *wants, short events)
{
    *wants = events;
    return -EAGAIN;
}

/* What a failed call means.  An end of file without close_notify is an error (law U6). */
static ssize_t failure(struct tls *tls, int result, short *wants)
{
    const int error = errno;
    switch (SSL_get_error(tls->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return blocked(wants, POLLIN);
    case SSL_ERROR_WANT_WRITE:
        return blocked(wants, POLLOUT);
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    case SSL_ERROR_SYSCALL:
        tls->broken = true;
        return error ? -error : -ECONNRESET;
    default:
        tls->broken = true;
        return -ECONNRESET;
    }
}

/* Reads all records that have come, so that many of them need one write to the file. */
static ssize_t tls_read(struct stream *stream, void *to, size_t room)
{
    struct tls *tls = stream->state;
    size_t n = 0;
    if (tls->broken) /* it broke after what the last call returned */
        return -ECONNRESET;
    do {
        size_t got = 0;
        ERR_clear_error();
        errno = 0;
        tls->read_wants = 0;
        const int result = SSL_read_ex(tls->ssl, (char *)to + n, room - n, &got);
        if (result != 1) {
            const ssize_t error = failure(tls, result, &tls->read_wants);
            return n > 0 ? (ssize_t)n : error;
        }
        n += got;
    } while (n < room && SSL_has_pending(tls->ssl));
    return (ssize_t)n;
}

/* Sends what is held.  0, -EAGAIN or -errno. */
static ssize_t send_held(const struct stream *stream, struct tls *tls)
{
    char *bytes = NULL;
    const size_t n = (size_t)BIO_get_mem_data(tls->held, &bytes);
    while (tls->held_at < n) {
        const ssize_t sent = send(stream->fd, bytes + tls->held_at, n - tls->held_at, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN)
            return blocked(&tls->write_wants, POLLOUT);
        if (sent < 0 && errno != EINTR) {
            tls->broken = true;
            return -errno;
        }
        tls->held_at += sent > 0 ? (size_t)sent : 0;
    }
    BIO *wire = SSL_get_rbio(tls->ssl);
    (void)BIO_up_ref(wire);        /* only a counter */
    SSL_set0_wbio(tls->ssl, wire); /* frees what was held */
    tls->held = NULL;
    tls->held_at = 0;
    return 0;
}

/* One write to the socket for the held records and these bytes.  After -EAGAIN the caller comes
 * with the same bytes again, which are in there then. */
static ssize_t write_with_held(const struct stream *stream, struct tls *tls, const void *bytes,
                               size_t n)
{
    if (tls->held_n == 0 && SSL_write_ex(tls->ssl, bytes, n, &tls->held_n) != 1) {
        tls->broken = true;
        return -ECONNRESET;
    }
    const ssize_t error = send_held(stream, tls);
    const size_t written = tls->held_n;
    if (error == 0)
        tls->held_n = 0;
    return error != 0 ? error : (ssize_t)written;
}

static ssize_t tls_write(struct stream *stream, const void *bytes, size_t n)
{
    struct tls *tls = stream->state;
    size_t written = 0;
    ERR_clear_error();
    errno = 0;
    tls->write_wants = 0;
    if (tls->held)
        return write_with_held(stream, tls, bytes, n);
    const int result = SSL_write_ex(tls->ssl, bytes, n, &written);
    if (result == 1)
        return (ssize_t)written;
    const ssize_t error = failure(tls, result, &tls->write_wants);
    return error ? error : -EPIPE;
}

static short tls_want(const struct stream *stream, short events)
{
    const struct tls *tls = stream->state;
    short wanted = 0;
    if (events & POLLIN)
        wanted = (short)(wanted | (tls->read_wants ? tls->read_wants : POLLIN));
    if (events & POLLOUT)
        wanted = (short)(wanted | (tls->write_wants ? tls->write_wants : POLLOUT));
    return wanted;
}

/* OpenSSL counts a part of a record as pending; but if a read has found it incomplete, asking
 * again without new bytes would spin. */
static bool tls_pending(const struct stream *stream)
{
    const struct tls *tls = stream->state;
    return SSL_pending(tls->ssl) > 0 || (!tls->read_wants && SSL_has_pending(tls->ssl));
}

/* Sends close_notify (law T5), then a FIN. */
static int tls_finish(struct stream *stream)
{
    struct tls *tls = stream->state;
    if (tls->ended)
        return 0;
    if (tls->held && !tls->broken && send_held(stream, tls) == -EAGAIN)
        return -EAGAIN;
    if (!tls->broken && SSL_is_init_finished(tls->ssl)) {
        ERR_clear_error();
        errno = 0;
        const int result = SSL_shutdown(tls->ssl);
        if (result < 0 && failure(tls, result, &tls->write_wants) == -EAGAIN)
            return -EAGAIN;
    }
    tls->ended = true;
    return shutdown(stream->fd, SHUT_WR) == 0 || errno == ENOTCONN ? 0 : -errno;
}

static void tls_forget(struct stream *stream)
{
    struct tls *tls = stream->state;
    SSL_free(tls->ssl);
    OPENSSL_free(tls);
    stream->state = NULL;
}

static void tls_free(struct stream *stream)
{
    tls_forget(stream);
    close(stream->fd);
}

static const struct stream_kind tls_kind = {
    .read = tls_read,
    .write = tls_write,
    .want = tls_want,
    .pending = tls_pending,
    .finish = tls_finish,
    .close = tls_free,
    .forget = tls_forget,
    .raw = false,
};

int tls_start(struct stream *stream, enum tls_side side)
{
    static char data_mark;
    struct tls *tls = OPENSSL_zalloc(sizeof *tls);
    SSL *ssl = tls ? SSL_new(tls_context()) : NULL;
    if (!ssl || SSL_set_fd(ssl, stream->fd) != 1) {
        SSL_free(ssl);
        OPENSSL_free(tls);
        ERR_clear_error();
        return -ENOMEM;
    }
    if (side == TLS_DATA) {
        (void)SSL_set_num_tickets(ssl, 0); /* law T3 */
        /* the control connection has shown its certificate */
        SSL_set_verify(ssl, SSL_VERIFY_NONE, NULL);
        (void)SSL_set_app_data(ssl, &data_mark);
        SSL_set_cert_cb(ssl, tls_disown_session, NULL);
        SSL_set_default_read_buffer_len(ssl, DATA_READ_SIZE);
        (void)SSL_clear_options(ssl, SSL_OP_CLEANSE_PLAINTEXT); /* no password comes here */
    }
    SSL_set_accept_state(ssl);
    tls->ssl = ssl;
    stream->kind = &tls_kind;
    stream->state = tls;
    return 0;
}

int tls_handshake(struct stream *stream, char why[TLS_TEXT_SIZE])
{
    struct tls *tls = stream->state;
    ERR_clear_error();
    errno = 0;
    const int result = SSL_do_handshake(tls->ssl);
    if (result == 1) {
        tls->read_wants = tls->write_wants = 0;
        if (!SSL_get_app_data(tls->ssl))
            tls_keep_session(tls->ssl);
        return 0;
    }
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    const int error = (int)failure(tls, result, &tls->read_wants);
    if (error != -EAGAIN && why)
        (void)text_format(why, TLS_TEXT_SIZE, "%s", reason ? reason : "the connection was closed");
    ERR_clear_error();
    return error ? error : -ECONNRESET;
}

bool tls_is(const struct stream *stream)
{
    return stream->kind == &tls_kind;
}

bool tls_resumed(const struct stream *stream)
{
    return SSL_session_reused(((const struct tls *)stream->state)->ssl) == 1;
}

/* The server name comes from the client, and goes into a reply and the log. */
static const char host_letters[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

void tls_server_name(const struct stream *stream, char *to, size_t room)
{
    const struct tls *tls = stream->state;
    const char *name = SSL_get_servername(tls->ssl, TLSEXT_NAMETYPE_host_name);
    const bool fine = name && strspn(name, host_letters) == strlen(name);
    (void)text_copy(to, room, fine ? name : "");
}

void tls_client_subject(const struct stream *stream, char *to, size_t room)
{
    const struct tls *tls = stream->state;
    X509 *certificate = SSL_get0_peer_certificate(tls->ssl);
    const bool fine = certificate && SSL_get_verify_result(tls->ssl) == X509_V_OK;
    BIO *text = fine ? BIO_new(BIO_s_mem()) : NULL;
    to[0] = '\0';
    if (text &&
        X509_NAME_print_ex(text, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) > 0) {
        char *bytes = NULL;
        const long n = BIO_get_mem_data(text, &bytes);
        if (n <= 0 || (size_t)n >= room || !text_format(to, room, "%.*s", (int)n, bytes))
            to[0] = '\0';
    }
    BIO_free(text);
}

void tls_describe(const struct stream *stream, char to[TLS_TEXT_SIZE])
{
    const SSL *ssl = ((const struct tls *)stream->state)->ssl;
    const unsigned char *protocol = NULL;
    unsigned int length = 0;
    char name[256], subject[256];
    SSL_get0_alpn_selected(ssl, &protocol, &length);
    tls_server_name(stream, name, sizeof name);
    tls_client_subject(stream, subject, sizeof subject);
    (void)text_format(to, TLS_TEXT_SIZE, "%s %s%s%s%.*s%s%s%s%s", SSL_get_version(ssl),
                      SSL_get_cipher_name(ssl), tls_resumed(stream) ? " resumed" : "",
                      length ? " alpn=" : "", (int)length, length ? (const char *)protocol : "",
                      name[0] ? " sni=" : "", name, subject[0] ? " subject=" : "", subject);
}

void tls_fill_record(const struct stream *stream, struct scribe_tls *record)
{
    const SSL *ssl = ((const struct tls *)stream->state)->ssl;
    const unsigned char *protocol = NULL;
    unsigned int length = 0;
    SSL_get0_alpn_selected(ssl, &protocol, &length);
    record->resumed = tls_resumed(stream);
    (void)text_copy(record->version, sizeof record->version, SSL_get_version(ssl));
    (void)text_copy(record->cipher, sizeof record->cipher, SSL_get_cipher_name(ssl));
    if (length > 0)
        (void)text_format(record->alpn, sizeof record->alpn, "%.*s", (int)length,
                          (const char *)protocol);
    tls_server_name(stream, record->server_name, sizeof record->server_name);
    tls_client_subject(stream, record->subject, sizeof record->subject);
}

/* The records are held, because OpenSSL would write the ticket to the socket by itself. */
void tls_send_ticket(struct stream *stream)
{
    struct tls *tls = stream->state;
    if (SSL_version(tls->ssl) != TLS1_3_VERSION || SSL_new_session_ticket(tls->ssl) != 1 ||
        tls->held)
        return;
    BIO *memory = BIO_new(BIO_s_mem());
    /* then by two writes */
    if (!memory)
        return;
    SSL_set0_wbio(tls->ssl, memory);
    tls->held = memory;
}
