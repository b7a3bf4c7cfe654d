/* SPDX-License-Identifier: BSD-2-Clause */
/* tls.c - checks of TLS (RFC 4217).  None of these connections sends a password. */
#include "client/check/check.h"

#include "common/addr.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

enum { RSA_BITS_MIN = 2048, EC_BITS_MIN = 224, DAYS_LEFT_MIN = 14, DAY_S = 86400 };

void check_auth_tls(struct check *check)
{
    if (check->target.implicit_tls) {
        check->offers_tls = open_tls(check);
        if (check->offers_tls)
            said(check, VERDICT_PASS, "the connection begins with TLS");
        return;
    }
    if (!open_plain(check) || !ask(check, &check->other, "AUTH TLS"))
        return;
    check->offers_tls = check->other.reply.code == 234;
    said_reply(check, check->offers_tls ? VERDICT_PASS : VERDICT_DIFFERS, &check->other);
}

/* A connection on which a handshake is next. */
static bool open_to_handshake(struct check *check)
{
    struct session *session = &check->other;
    if (!open_bare(check))
        return false;
    if (check->target.implicit_tls)
        return true;
    if (session_receive(session) != OUTCOME_OK) {
        said_failure(check, session);
        return false;
    }
    if (!ask(check, session, "AUTH TLS"))
        return false;
    if (session->reply.code != 234)
        said_reply(check, VERDICT_FAIL, session);
    return session->reply.code == 234;
}

/* A context for this version only, with ciphers that are no longer in use, too. */
static SSL_CTX *context_of(int version)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context)
        return NULL;
    SSL_CTX_set_security_level(context, 0);
    if (SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0") != 1 ||
        SSL_CTX_set_min_proto_version(context, version) != 1 ||
        SSL_CTX_set_max_proto_version(context, version) != 1) {
        SSL_CTX_free(context);
        return NULL;
    }
    return context;
}

enum answer { ANSWER_NONE, ANSWER_ACCEPTED, ANSWER_REFUSED };

static enum answer offer(struct check *check, SSL_CTX *context)
{
    struct link *link = &check->other.control;
    int result;
    link->ssl = SSL_new(context);
    if (!link->ssl || SSL_set_fd(link->ssl, link->fd) != 1)
        return ANSWER_NONE;
    result = link_handshake(link, check->bare.idle_ms);
    if (result == 0)
        return ANSWER_ACCEPTED;
    if (result == -ETIMEDOUT || result == -EINTR || strstr(link->why, "no protocols available"))
        return ANSWER_NONE;
    return ANSWER_REFUSED;
}

static void check_version(struct check *check, int version, bool wanted)
{
    enum answer answer = ANSWER_NONE;
    SSL_CTX *context;
    if (!open_to_handshake(check))
        return;
    context = context_of(version);
    if (context)
        answer = offer(check, context);
    session_close(&check->other, false);
    SSL_CTX_free(context);
    ERR_clear_error();
    if (answer == ANSWER_NONE)
        said(check, VERDICT_UNKNOWN, "it could not be offered, or got no answer");
    else if (answer == ANSWER_ACCEPTED)
        said(check, wanted ? VERDICT_PASS : VERDICT_FAIL, "accepted");
    else
        said(check, wanted ? VERDICT_DIFFERS : VERDICT_PASS, "refused");
}

void check_tls_1_0(struct check *check)
{
    check_version(check, TLS1_VERSION, false);
}

void check_tls_1_1(struct check *check)
{
    check_version(check, TLS1_1_VERSION, false);
}

void check_tls_1_2(struct check *check)
{
    check_version(check, TLS1_2_VERSION, true);
}

void check_tls_1_3(struct check *check)
{
    check_version(check, TLS1_3_VERSION, true);
}

void check_tls_cipher(struct check *check)
{
    const SSL_CIPHER *cipher;
    if (!open_tls(check))
        return;
    cipher = SSL_get_current_cipher(check->other.control.ssl);
    const int exchange = SSL_CIPHER_get_kx_nid(cipher);
    const bool forward =
        exchange == NID_kx_any || exchange == NID_kx_ecdhe || exchange == NID_kx_dhe;
    said(check, forward && SSL_CIPHER_is_aead(cipher) ? VERDICT_PASS : VERDICT_DIFFERS, "%s, %s",
         SSL_get_version(check->other.control.ssl), SSL_CIPHER_get_name(cipher));
}

/* The certificate of a fresh connection; free it. */
static X509 *certificate_of(struct check *check)
{
    X509 *certificate;
    if (!open_tls(check))
        return NULL;
    certificate = SSL_get1_peer_certificate(check->other.control.ssl);
    if (!certificate)
        said(check, VERDICT_FAIL, "the server sends none");
    return certificate;
}

void check_certificate_dates(struct check *check)
{
    X509 *certificate = certificate_of(check);
    int days = 0, seconds = 0;
    if (!certificate)
        return;
    if (X509_cmp_current_time(X509_get0_notBefore(certificate)) >= 0)
        said(check, VERDICT_FAIL, "it is not valid yet");
    else if (ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(certificate)) != 1)
        said(check, VERDICT_FAIL, "its dates cannot be read");
    else if (days < 0 || seconds < 0)
        said(check, VERDICT_FAIL, "it has expired");
    else
        said(check, days < DAYS_LEFT_MIN ? VERDICT_DIFFERS : VERDICT_PASS, "%d days left", days);
    X509_free(certificate);
}

void check_certificate_name(struct check *check)
{
    X509 *certificate = certificate_of(check);
    const char *host = check->target.host;
    struct sockaddr_storage address;
    int match;
    if (!certificate)
        return;
    if (addr_parse_host_here(host, &address))
        match = X509_check_ip_asc(certificate, host, 0);
    else
        match = X509_check_host(certificate, host, 0, 0, NULL);
    said(check, match == 1 ? VERDICT_PASS : VERDICT_FAIL, "%s %s in it", host,
         match == 1 ? "is" : "is not");
    X509_free(certificate);
    ERR_clear_error();
}

void check_certificate_key(struct check *check)
{
    X509 *certificate = certificate_of(check);
    EVP_PKEY *key = certificate ? X509_get0_pubkey(certificate) : NULL;
    if (key) {
        const int bits = EVP_PKEY_get_bits(key);
        const bool rsa = EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "DSA");
        const char *name = EVP_PKEY_get0_type_name(key);
        said(check, bits >= (rsa ? RSA_BITS_MIN : EC_BITS_MIN) ? VERDICT_PASS : VERDICT_FAIL,
             "%s, %d bits", name ? name : "unknown", bits);
    } else if (certificate) {
        said(check, VERDICT_FAIL, "it cannot be read");
    }
    X509_free(certificate);
    ERR_clear_error();
}

void check_certificate_trust(struct check *check)
{
    long result;
    if (!open_tls(check))
        return;
    result = SSL_get_verify_result(check->other.control.ssl);
    said(check, result == X509_V_OK ? VERDICT_PASS : VERDICT_DIFFERS, "%s; key %s",
         X509_verify_cert_error_string(result), check->other.tls.fingerprint);
}

/* FEAT goes out in clear in the packet of AUTH TLS.  Under TLS, QUIT must get the first reply. */
void check_tls_injection(struct check *check)
{
    static const char lines[] = "AUTH TLS\r\nFEAT\r\n";
    struct session *session = &check->other;
    SSL_CTX *context = context_of(TLS1_2_VERSION);
    if (check->target.implicit_tls) {
        said(check, VERDICT_UNKNOWN, "there is no AUTH");
    } else if (open_plain(check) && context) {
        if (link_write(&session->control, lines, sizeof lines - 1, check->bare.idle_ms) < 0 ||
            session_receive(session) != OUTCOME_OK || session->reply.code != 234)
            said(check, VERDICT_PASS, "AUTH is refused, or the connection ended");
        else if (session->in_at < session->in_n || offer(check, context) != ANSWER_ACCEPTED)
            said(check, VERDICT_PASS, "the handshake fails");
        else if (session_command(session, "QUIT") != OUTCOME_OK)
            said(check, VERDICT_PASS, "the connection ended");
        else
            said(check, session->reply.code == 221 ? VERDICT_PASS : VERDICT_FAIL,
                 session->reply.code == 221 ? "it is dropped" : "it is answered under TLS");
    }
    session_close(session, false);
    SSL_CTX_free(context);
    ERR_clear_error();
}

/* USER only: a password never goes out in clear. */
void check_clear_login(struct check *check)
{
    if (check->target.implicit_tls || !check->target.user[0]) {
        said(check, VERDICT_UNKNOWN, "%s",
             check->target.implicit_tls ? "there is TLS from the beginning" : "there is no name");
        return;
    }
    if (open_plain(check) && ask(check, &check->other, "USER %s", check->target.user))
        said_reply(check, check->other.reply.code >= 400 ? VERDICT_PASS : VERDICT_DIFFERS,
                   &check->other);
}
