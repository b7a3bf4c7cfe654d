/* SPDX-License-Identifier: BSD-2-Clause */
/* tls.c - contexts, tickets, trust. */
#include "client/engine/tls.h"

#include "client/engine/trust.h"
#include "common/addr.h"
#include "common/text.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

/* of a data connection, at once */
enum { DATA_READ_SIZE = 2 * (SSL3_RT_MAX_ENCRYPTED_LENGTH + SSL3_RT_HEADER_LENGTH) };

/* Called for each ticket.  Only the control connection has the application data set: tickets of
 * data connections are ignored, since servers forget them with the connection. */
static int on_new_session(SSL *ssl, SSL_SESSION *session)
{
    struct tls_client *tls = SSL_get_app_data(ssl);
    if (!tls)
        return 0;
    if (tls->count == TLS_TICKETS_MAX) {
        SSL_SESSION_free(tls->tickets[0]);
        for (unsigned i = 1; i < TLS_TICKETS_MAX; i++)
            tls->tickets[i - 1] = tls->tickets[i];
        tls->count--;
    }
    tls->tickets[tls->count++] = session;
    if (!tls->first && SSL_SESSION_up_ref(session))
        tls->first = session;
    return 1;
}

static bool load_authorities(SSL_CTX *context, const struct settings *settings)
{
    if (settings->ca_file)
        return SSL_CTX_load_verify_file(context, settings->ca_file) == 1;
    return SSL_CTX_set_default_verify_paths(context) == 1;
}

/* The engine has no terminal, where OpenSSL would ask for the password of a key. */
static int no_key_password(char *to, int room, int writing, void *context)
{
    (void)to, (void)room, (void)writing, (void)context;
    return -1;
}

/* Our own certificate and its key. */
static enum outcome load_certificate(SSL_CTX *context, const struct settings *settings,
                                     struct failure *failure)
{
    const char *key = settings->key ? settings->key : settings->certificate;
    if (!settings->certificate)
        return OUTCOME_OK;
    SSL_CTX_set_default_passwd_cb(context, no_key_password);
    if (SSL_CTX_use_certificate_chain_file(context, settings->certificate) != 1)
        failure_set(failure, OUTCOME_USAGE, "%s: cannot read a certificate", settings->certificate);
    else if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
        failure_set(failure, OUTCOME_USAGE,
                    "%s: cannot read a key that has no password and belongs to the certificate",
                    key);
    else
        return OUTCOME_OK;
    ERR_clear_error();
    return OUTCOME_USAGE;
}

static enum outcome make_context(struct tls_client *tls, const struct settings *settings,
                                 struct failure *failure)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context)
        return failure_set(failure, OUTCOME_PROTOCOL, "out of memory");
    if (!load_authorities(context, settings)) {
        SSL_CTX_free(context);
        ERR_clear_error();
        return failure_set(failure, OUTCOME_USAGE, "%s: cannot read any certificates",
                           settings->ca_file ? settings->ca_file
                                             : "the system's certificate authorities");
    }
    if (load_certificate(context, settings, failure) != OUTCOME_OK) {
        SSL_CTX_free(context);
        return OUTCOME_USAGE;
    }
    SSL_CTX_set_min_proto_version(context, settings->only_tls13 ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context, 1); /* one read for a record instead of two */
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, on_new_session);
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL); /* checked after the handshake, below */
    tls->context = context;
    return OUTCOME_OK;
}

static bool expect_host(SSL *ssl, const char *host)
{
    struct sockaddr_storage address;
    if (addr_parse_host_here(host, &address))
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
    return SSL_set_tlsext_host_name(ssl, host) == 1 && SSL_set1_host(ssl, host) == 1;
}

void tls_fingerprint(const SSL *ssl, char text[TLS_FINGERPRINT_SIZE])
{
    X509 *certificate = SSL_get1_peer_certificate(ssl);
    unsigned char *key = NULL, digest[32];
    const int n = certificate ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &key) : -1;
    text[0] = '\0';
    if (n > 0 && EVP_Digest(key, (size_t)n, digest, NULL, EVP_sha256(), NULL) == 1) {
        text_copy(text, TLS_FINGERPRINT_SIZE, "sha256:");
        for (size_t i = 0; i < sizeof digest; i++)
            text_format(text + 7 + i * 2, 3, "%02x", (unsigned)digest[i]);
    }
    OPENSSL_free(key);
    X509_free(certificate);
}

static enum outcome refuse_changed(const struct trust_question *question, struct failure *failure)
{
    return failure_set(
        failure, OUTCOME_PROTOCOL,
        "THE KEY OF %s HAS CHANGED: someone may be intercepting the connection. The new key is %s; "
        "if that is expected, remove the old line from the known-hosts file",
        question->host, question->fingerprint);
}

/* Not signed by a trusted authority: is the key known, or does the user accept it? */
static enum outcome check_unknown_key(const struct settings *settings,
                                      const struct trust_question *question,
                                      struct failure *failure)
{
    switch (trust_decide(settings, question)) {
    case TRUST_ACCEPTED:
        return OUTCOME_OK;
    case TRUST_CHANGED:
        return refuse_changed(question, failure);
    case TRUST_UNCHECKED:
        if (settings->trace)
            settings->trace(
                settings->context, '*',
                "the certificate is not trusted; continuing, because TLS is not required");
        return OUTCOME_OK;
    default:
        return failure_set(failure, OUTCOME_PROTOCOL,
                           "%s: the certificate is not trusted: %s (key %s; see --ca and --pin)",
                           question->host, question->reason, question->fingerprint);
    }
}

enum { FACTS_SIZE = 1024 };

/* "subject: ...", "issuer: ...", "valid: ... to ...", each on a line.  The names are escaped by
 * OpenSSL. */
static void describe_certificate(const SSL *ssl, char facts[FACTS_SIZE])
{
    X509 *certificate = SSL_get1_peer_certificate(ssl);
    BIO *text = BIO_new(BIO_s_mem());
    int n = 0;
    if (certificate && text) {
        BIO_puts(text, "subject: ");
        X509_NAME_print_ex(text, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
        BIO_puts(text, "\nissuer: ");
        X509_NAME_print_ex(text, X509_get_issuer_name(certificate), 0, XN_FLAG_RFC2253);
        BIO_puts(text, "\nvalid: ");
        ASN1_TIME_print(text, X509_get0_notBefore(certificate));
        BIO_puts(text, " to ");
        ASN1_TIME_print(text, X509_get0_notAfter(certificate));
        n = BIO_read(text, facts, FACTS_SIZE - 1);
    }
    facts[n > 0 ? n : 0] = '\0';
    ERR_clear_error();
    BIO_free(text);
    X509_free(certificate);
}

static enum outcome check_certificate(struct tls_client *tls, const SSL *ssl,
                                      const struct settings *settings, const char *host_port,
                                      bool strict, struct failure *failure)
{
    const long verified = SSL_get_verify_result(ssl);
    char facts[FACTS_SIZE];
    struct trust_question question = { .host = host_port,
                                       .fingerprint = tls->fingerprint,
                                       .reason = X509_verify_cert_error_string(verified),
                                       .facts = facts,
                                       .strict = strict || settings->ca_file };
    if (!tls->fingerprint[0])
        return failure_set(failure, OUTCOME_PROTOCOL, "%s: the server sent no certificate",
                           host_port);
    if (settings->pin) {
        if (strcmp(settings->pin, tls->fingerprint) == 0)
            return OUTCOME_OK;
        return failure_set(failure, OUTCOME_PROTOCOL,
                           "%s: the server's key is %s, which is not the pinned key", host_port,
                           tls->fingerprint);
    }
    if (verified == X509_V_OK)
        return OUTCOME_OK;
    describe_certificate(ssl, facts);
    return check_unknown_key(settings, &question, failure);
}

enum outcome tls_control(struct tls_client *tls, struct link *link, const struct settings *settings,
                         const char *host, unsigned port, bool strict, struct failure *failure)
{
    static const unsigned char protocols[] = { 3, 'f', 't', 'p' };
    char host_port[TLS_HOST_SIZE];
    const enum outcome outcome = make_context(tls, settings, failure);
    int result;
    if (outcome != OUTCOME_OK)
        return outcome;
    link->ssl = SSL_new(tls->context);
    if (!link->ssl || SSL_set_fd(link->ssl, link->fd) != 1 || !expect_host(link->ssl, host))
        return failure_set(failure, OUTCOME_PROTOCOL, "cannot set up TLS for %s", host);
    SSL_set_app_data(link->ssl, tls);
    (void)SSL_set_alpn_protos(link->ssl, protocols, sizeof protocols);
    result = link_handshake(link, settings->connect_ms);
    if (result == -EINTR)
        return failure_set(failure, OUTCOME_INTERRUPTED, "interrupted");
    if (result < 0)
        return failure_set(failure, OUTCOME_PROTOCOL, "TLS handshake: %s",
                           result == -EPROTO ? link->why : strerror(-result));
    tls_fingerprint(link->ssl, tls->fingerprint);
    text_format(host_port, sizeof host_port, "%s:%u", host, port);
    return check_certificate(tls, link->ssl, settings, host_port, strict, failure);
}

/* The ticket for the next data connection; a fresh one if there is one. */
static SSL_SESSION *pick_ticket(struct tls_client *tls, const struct settings *settings)
{
    if (settings->faults.no_resume)
        return NULL;
    if (settings->faults.stale_ticket)
        return tls->first;
    if (tls->count > 0) {
        SSL_SESSION_free(tls->last);
        tls->last = tls->tickets[--tls->count];
    }
    return tls->last;
}

/* OpenSSL uses each TLS 1.3 ticket once; a copy keeps ours usable if the server sends no new
 * ones. */
static void offer_ticket(struct link *link, const SSL_SESSION *ticket)
{
    SSL_SESSION *copy = SSL_SESSION_dup(ticket);
    const char *name = SSL_SESSION_get0_hostname(ticket);
    if (name)
        (void)SSL_set_tlsext_host_name(link->ssl, name);
    if (copy)
        (void)SSL_set_session(link->ssl, copy);
    SSL_SESSION_free(copy);
}

int tls_data_begin(struct tls_client *tls, struct link *link, const struct settings *settings)
{
    const SSL_SESSION *ticket = pick_ticket(tls, settings);
    link->ssl = SSL_new(tls->context);
    if (!link->ssl || SSL_set_fd(link->ssl, link->fd) != 1)
        return -ENOMEM;
    SSL_set_app_data(link->ssl, NULL);
    SSL_set_default_read_buffer_len(link->ssl, DATA_READ_SIZE);
    if (ticket)
        offer_ticket(link, ticket);
    return 0;
}

bool tls_data_check(struct tls_client *tls, const struct link *link)
{
    char fingerprint[TLS_FINGERPRINT_SIZE];
    if (SSL_session_reused(link->ssl)) {
        tls->resumed++; /* only the same server can resume */
        return true;
    }
    tls->full++;
    tls_fingerprint(link->ssl, fingerprint);
    return strcmp(fingerprint, tls->fingerprint) == 0;
}

void tls_close(struct tls_client *tls)
{
    for (unsigned i = 0; i < tls->count; i++)
        SSL_SESSION_free(tls->tickets[i]);
    SSL_SESSION_free(tls->last);
    SSL_SESSION_free(tls->first);
    SSL_CTX_free(tls->context);
    *tls = (struct tls_client){ 0 };
}
