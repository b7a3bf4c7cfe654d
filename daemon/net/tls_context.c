/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_context.c - runs in NET's zygote, before the forks; in NET, the ticket
 * key and the callbacks of a handshake. */
#include "daemon/net/tls_context.h"

#include "common/text.h"
#include "daemon/protocol/certificates.h"
#include "daemon/ipc/log.h"
#include "daemon/net/remote_key.h"
#include "daemon/net/tls_resume.h"
#include "daemon/net/tls_warm.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <time.h>

enum {
    CONTEXTS = 1 + HOSTS_MAX,
    TICKET_KEY = 80,            /* bytes that SSL_CTX_set_tlsext_ticket_keys takes */
    TICKET_SECONDS = 7 * 86400, /* the most that TLS 1.3 allows; the key dies with the process */
    EXPIRY_DAYS = 14,
};

/* Made before the fork and shared copy-on-write; [0] is [tls], [1 + n] the n-th [host NAME]. */
static struct {
    SSL_CTX *context[CONTEXTS];
    char name[CONTEXTS][256];
} served;

SSL_CTX *tls_context(void)
{
    return served.context[0];
}

bool tls_is_served(void)
{
    return served.context[0] != NULL;
}

/* ECDHE only, so that the keeper only has to sign.  AES-128 first: it is as safe, and its SHA-256
 * is faster than SHA-384 on current processors. */
static bool set_versions(SSL_CTX *context, const struct config *config)
{
    const int least = config->minimum_version == TLS_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;
    return SSL_CTX_set_min_proto_version(context, least) == 1 &&
           SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM+AES128:ECDHE+AESGCM:ECDHE+CHACHA20") ==
               1 &&
           SSL_CTX_set_ciphersuites(
               context,
               "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256") == 1;
}

static void set_modes(SSL_CTX *context)
{
    (void)SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                           SSL_OP_CIPHER_SERVER_PREFERENCE |
                                           SSL_OP_PRIORITIZE_CHACHA | SSL_OP_CLEANSE_PLAINTEXT);
    (void)SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context, 1); /* one read for a record instead of two */
    /* Session ids are for clients without tickets in TLS 1.2, such as curl; tls_resume.c decides
     * which one is valid. */
    (void)SSL_CTX_set_session_cache_mode(context,
                                         SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_get_cb(context, tls_session_of_id);
    (void)SSL_CTX_set_session_id_context(context, (const unsigned char *)"control", 7);
    (void)SSL_CTX_set_timeout(context, TICKET_SECONDS);
    (void)SSL_CTX_set_num_tickets(context, 1);
}

static bool same_protocol(const unsigned char *offered, size_t length, const char *name)
{
    return length == strlen(name) && memcmp(offered, name, length) == 0;
}

/* Law T1: a client that offers only other protocols wants another server. */
static int choose_protocol(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_length,
                           const unsigned char *offered, unsigned int n, void *argument)
{
    const bool is_data = SSL_get_app_data(ssl) != NULL;
    (void)argument;
    for (unsigned int at = 0; at < n && at + offered[at] < n; at += offered[at] + 1U) {
        const unsigned char *name = offered + at + 1;
        if (same_protocol(name, offered[at], "ftp") ||
            (is_data && same_protocol(name, offered[at], "ftp-data"))) {
            *chosen = name;
            *chosen_length = offered[at];
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* An unknown name gets the certificate of [tls]. */
static int choose_host(SSL *ssl, int *alert, void *argument)
{
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    (void)alert, (void)argument;
    for (size_t i = 1; name && i < CONTEXTS; i++) {
        if (served.context[i] && strcasecmp(served.name[i], name) == 0)
            (void)SSL_set_SSL_CTX(ssl, served.context[i]);
    }
    return SSL_TLSEXT_ERR_OK;
}

struct complaint {
    config_complain *complain;
    void *context;
};

static void say(const struct complaint *to, bool fatal, const char *file, const char *what)
{
    char line[CONFIG_PATH_ROOM + 256];
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    (void)text_format(line, sizeof line, "%s: %s%s%s", file, what, fatal && reason ? ": " : "",
                      fatal && reason ? reason : "");
    to->complain(to->context, fatal, line);
    ERR_clear_error();
}

/* Fatal for the clients, not for us: sessions are served, so that plain ones and those who
 * look away work. */
static void warn_of_expiry(X509 *certificate, const char *file, const struct complaint *to)
{
    int days = 0, seconds = 0;
    if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0)
        say(to, true, file,
            "the certificate is not valid yet: clients refuse it; is the clock right?");
    if (ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(certificate)) != 1)
        return;
    if (days < 0 || seconds < 0)
        say(to, true, file, "the certificate has expired: clients refuse it; renew it");
    else if (days < EXPIRY_DAYS)
        say(to, false, file, "the certificate expires within 14 days");
}

/* Looks at the certificate and at the rest of its chain. */
static void warn_of_dates(SSL_CTX *context, const char *file, const struct complaint *to)
{
    STACK_OF(X509) *chain = NULL;
    warn_of_expiry(SSL_CTX_get0_certificate(context), file, to);
    if (SSL_CTX_get0_chain_certs(context, &chain) != 1)
        return;
    for (int i = 0; i < sk_X509_num(chain); i++)
        warn_of_expiry(sk_X509_value(chain, i), file, to);
}

/* Clients expect each certificate to be signed by the next one in the file. */
static void warn_of_order(SSL_CTX *context, const char *file, const struct complaint *to)
{
    STACK_OF(X509) *chain = NULL;
    X509 *signed_one = SSL_CTX_get0_certificate(context);
    if (SSL_CTX_get0_chain_certs(context, &chain) != 1)
        return;
    for (int i = 0; i < sk_X509_num(chain); i++) {
        X509 *signer = sk_X509_value(chain, i);
        if (X509_check_issued(signer, signed_one) != X509_V_OK) {
            say(to, false, file,
                "the chain is out of order: a certificate is not signed by the next one");
            return;
        }
        signed_one = signer;
    }
}

/* With such a key anyone could make certificates that the server's clients trust.  A self-signed
 * certificate of version 1 counts as an authority, too. */
static bool may_sign_others(X509 *certificate)
{
    const uint32_t flags = X509_get_extension_flags(certificate);
    return flags & EXFLAG_CA || (flags & EXFLAG_V1 && flags & EXFLAG_SI) ||
           (flags & EXFLAG_KUSAGE && X509_get_key_usage(certificate) & KU_KEY_CERT_SIGN);
}

static void warn_of_authority(SSL_CTX *context, const char *file, const struct complaint *to)
{
    if (may_sign_others(SSL_CTX_get0_certificate(context)))
        say(to, false, file,
            "the certificate may sign others (CA:TRUE or keyCertSign), which no server needs; "
            "make one with CA:FALSE, as make-certificate does");
}

/* No prompt for a passphrase: there is no terminal. */
static int no_passphrase(char *to, int room, int writing, void *context)
{
    (void)to, (void)room, (void)writing, (void)context;
    return -1;
}

static BIO *open_file(uint32_t number)
{
    size_t length;
    const char *bytes = certificate_file(number, &length);
    return bytes ? BIO_new_mem_buf(bytes, (int)length) : NULL;
}

/* Was the last error the end of the PEM blocks?  Any other is a fault of the file. */
static bool is_at_end(void)
{
    const unsigned long error = ERR_peek_last_error();
    if (ERR_GET_LIB(error) != ERR_LIB_PEM || ERR_GET_REASON(error) != PEM_R_NO_START_LINE)
        return false;
    ERR_clear_error();
    return true;
}

/* The server's own certificate, then those that came with it. */
static bool use_chain(SSL_CTX *context, BIO *file)
{
    X509 *own = PEM_read_bio_X509_AUX(file, NULL, no_passphrase, NULL);
    const bool fine = own && SSL_CTX_use_certificate(context, own) == 1;
    X509 *next = NULL;
    X509_free(own);
    while (fine && (next = PEM_read_bio_X509(file, NULL, no_passphrase, NULL)) != NULL) {
        if (SSL_CTX_add0_chain_cert(context, next) != 1) {
            X509_free(next);
            return false;
        }
    }
    return fine && is_at_end();
}

static bool use_certificate(SSL_CTX *context, const char *file, uint32_t number,
                            const struct complaint *to)
{
    BIO *bytes = open_file(number);
    const bool read = bytes && use_chain(context, bytes);
    BIO_free(bytes);
    if (!read) {
        say(to, true, file, "not a certificate");
        return false;
    }
    X509 *certificate = SSL_CTX_get0_certificate(context);
    EVP_PKEY *key = remote_key_make(certificate, number);
    const bool fine = key && SSL_CTX_use_PrivateKey(context, key) == 1;
    EVP_PKEY_free(key);
    if (!fine) {
        say(to, true, file, "its kind of key is not served (RSA, EC and Ed25519 are)");
        return false;
    }
    warn_of_order(context, file, to);
    warn_of_authority(context, file, to);
    return true;
}

static bool trust(SSL_CTX *context, X509 *authority)
{
    return X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority) == 1 &&
           SSL_CTX_add_client_CA(context, authority) == 1;
}

static bool trust_all(SSL_CTX *context, BIO *file)
{
    int count = 0;
    bool fine = true;
    X509 *next;
    while (fine && (next = PEM_read_bio_X509(file, NULL, no_passphrase, NULL)) != NULL) {
        fine = trust(context, next);
        X509_free(next);
        count++;
    }
    return fine && count > 0 && is_at_end();
}

static bool use_client_ca(SSL_CTX *context, const struct config *config, const struct complaint *to)
{
    int mode = SSL_VERIFY_PEER;
    if (config->client_certificate == TLS_OFF)
        return true;
    BIO *file = open_file(CERTIFICATE_CLIENT_CA);
    const bool fine = file && trust_all(context, file);
    BIO_free(file);
    if (!fine) {
        say(to, true, config->client_ca, "not a file of certificates (tls.client_ca)");
        return false;
    }
    if (config->client_certificate == TLS_REQUIRED)
        mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    SSL_CTX_set_verify(context, mode, NULL);
    return true;
}

static SSL_CTX *make_context(const struct config *config, const char *file, uint32_t number,
                             const struct complaint *to)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (!context || !set_versions(context, config) || !use_certificate(context, file, number, to) ||
        !use_client_ca(context, config, to)) {
        SSL_CTX_free(context);
        return NULL;
    }
    set_modes(context);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    (void)SSL_CTX_set_tlsext_servername_callback(context, choose_host);
    return context;
}

static bool make_hosts(const struct config *config, SSL_CTX *made[], const struct complaint *to)
{
    bool fine = true;
    for (uint32_t i = 0; i < config->host_count; i++) {
        if (!config->hosts[i].certificate[0])
            continue;
        made[1 + i] = make_context(config, config->hosts[i].certificate, 1 + i, to);
        fine = fine && made[1 + i];
    }
    return fine;
}

static void keep(const struct config *config, SSL_CTX *made[])
{
    for (uint32_t i = 0; i < CONTEXTS; i++) {
        served.context[i] = made[i];
        if (i && i <= config->host_count)
            (void)text_copy(served.name[i], sizeof served.name[i], config->hosts[i - 1].name);
    }
}

void tls_begin(void)
{
    if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL) != 1)
        die("net: OpenSSL can't be used");
}

int tls_contexts_make(const struct config *config, config_complain *complain, void *context)
{
    const struct complaint to = { .complain = complain, .context = context };
    SSL_CTX *made[CONTEXTS] = { NULL };
    size_t length;
    /* the master has logged why */
    if (!certificate_file(CERTIFICATE_TLS, &length))
        return 0;
    if (remote_key_provider_load() != 0)
        return -EINVAL;
    tls_warm_up();
    made[0] = make_context(config, config->certificate, 0, &to);
    if (!made[0] || !make_hosts(config, made, &to)) {
        for (size_t i = 0; i < CONTEXTS; i++)
            SSL_CTX_free(made[i]);
        return -EINVAL;
    }
    keep(config, made);
    return 0;
}

void tls_contexts_warn(const struct config *config, config_complain *complain, void *context)
{
    const struct complaint to = { .complain = complain, .context = context };
    for (uint32_t i = 0; i <= config->host_count; i++) {
        if (served.context[i])
            warn_of_dates(served.context[i],
                          i ? config->hosts[i - 1].certificate : config->certificate, &to);
    }
}

/* Seconds since the epoch; INT64_MAX: it does not say. */
static int64_t expiry_of(const X509 *certificate)
{
    struct tm when;
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &when) != 1)
        return INT64_MAX;
    return (int64_t)timegm(&when);
}

static int64_t first_expiry(SSL_CTX *context)
{
    STACK_OF(X509) *chain = NULL;
    int64_t first = expiry_of(SSL_CTX_get0_certificate(context));
    const bool has_chain = SSL_CTX_get0_chain_certs(context, &chain) == 1;
    for (int i = 0; has_chain && i < sk_X509_num(chain); i++) {
        const int64_t expiry = expiry_of(sk_X509_value(chain, i));
        first = expiry < first ? expiry : first;
    }
    return first;
}

void tls_contexts_tell_dates(void (*tell)(uint32_t number, int64_t expires))
{
    for (uint32_t i = 0; i < CONTEXTS; i++) {
        const int64_t expiry = served.context[i] ? first_expiry(served.context[i]) : INT64_MAX;
        if (expiry != INT64_MAX)
            tell(i, expiry);
    }
}

int tls_own_tickets(void)
{
    unsigned char key[TICKET_KEY];
    bool fine = getrandom(key, sizeof key, 0) == (ssize_t)sizeof key;
    for (size_t i = 0; fine && i < CONTEXTS; i++) {
        if (served.context[i])
            fine = SSL_CTX_set_tlsext_ticket_keys(served.context[i], key, sizeof key) == 1;
    }
    wipe(key, sizeof key);
    return fine ? 0 : -EIO;
}
