/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_warm.c - runs in NET's zygote, before the forks: handshakes of the
 * process with itself, in memory, with a temporary key.  OpenSSL looks its
 * algorithms up when they are first used, and caches them.  What is looked up
 * here is shared by all sessions; otherwise each of them would look it up
 * again after its fork, and hold it in memory of its own. */
#include "daemon/net/tls_warm.h"

#include "daemon/ipc/log.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdbool.h>

enum { FLIGHTS = 10, PIPE = 32 * 1024 };

/* The two ends of a handshake. */
struct pair {
    SSL *server, *client;
};

static X509 *sign_own(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    if (certificate && X509_gmtime_adj(X509_getm_notBefore(certificate), 0) &&
        X509_gmtime_adj(X509_getm_notAfter(certificate), 60) &&
        X509_set_pubkey(certificate, key) == 1 && X509_sign(certificate, key, EVP_sha256()) > 0)
        return certificate;
    X509_free(certificate);
    return NULL;
}

static SSL_CTX *make_server(void)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = key ? sign_own(key) : NULL;
    const bool fine = context && certificate &&
                      SSL_CTX_use_certificate(context, certificate) == 1 &&
                      SSL_CTX_use_PrivateKey(context, key) == 1;
    X509_free(certificate);
    EVP_PKEY_free(key);
    if (fine)
        return context;
    SSL_CTX_free(context);
    return NULL;
}

static void free_pair(struct pair *pair)
{
    SSL_free(pair->server);
    SSL_free(pair->client);
}

static bool make_pair(struct pair *pair, SSL_CTX *server, SSL_CTX *client)
{
    BIO *at_server = NULL, *at_client = NULL;
    *pair = (struct pair){ SSL_new(server), SSL_new(client) };
    if (!pair->server || !pair->client ||
        BIO_new_bio_pair(&at_server, PIPE, &at_client, PIPE) != 1) {
        free_pair(pair);
        return false;
    }
    SSL_set_bio(pair->server, at_server, at_server);
    SSL_set_bio(pair->client, at_client, at_client);
    SSL_set_accept_state(pair->server);
    SSL_set_connect_state(pair->client);
    return true;
}

/* Sends a byte each way as well, with which the client reads the tickets of TLS 1.3. */
static bool talk(const struct pair *pair)
{
    char byte = 'x';
    int client = 0, server = 0;
    for (int i = 0; i < FLIGHTS && (client != 1 || server != 1); i++) {
        client = SSL_do_handshake(pair->client);
        server = SSL_do_handshake(pair->server);
    }
    return client == 1 && server == 1 && SSL_write(pair->server, &byte, 1) == 1 &&
           SSL_read(pair->client, &byte, 1) == 1 && SSL_write(pair->client, &byte, 1) == 1 &&
           SSL_read(pair->server, &byte, 1) == 1;
}

/* Connects the two once.  Returns a session to resume, or NULL. */
static SSL_SESSION *connect_pair(SSL_CTX *server, SSL_CTX *client, SSL_SESSION *resumed)
{
    struct pair pair;
    SSL_SESSION *session = NULL;
    if (!make_pair(&pair, server, client))
        return NULL;
    if (resumed)
        (void)SSL_set_session(pair.client, resumed);
    if (talk(&pair))
        session = SSL_get1_session(pair.client);
    (void)SSL_shutdown(pair.server);
    free_pair(&pair);
    return session;
}

static bool connect_twice(SSL_CTX *server, SSL_CTX *client)
{
    SSL_SESSION *first = connect_pair(server, client, NULL);
    SSL_SESSION *second = first ? connect_pair(server, client, first) : NULL;
    const bool fine = second != NULL;
    SSL_SESSION_free(first);
    SSL_SESSION_free(second);
    return fine;
}

void tls_warm_up(void)
{
    SSL_CTX *server = make_server();
    SSL_CTX *client = SSL_CTX_new(TLS_client_method());
    const bool fine = server && client && connect_twice(server, client) &&
                      SSL_CTX_set_max_proto_version(client, TLS1_2_VERSION) == 1 &&
                      connect_twice(server, client);
    if (!fine)
        log_note(LOG_LEVEL_WARNING,
                 "OpenSSL could not be warmed up; each session looks up its algorithms");
    SSL_CTX_free(server);
    SSL_CTX_free(client);
    ERR_clear_error();
}
