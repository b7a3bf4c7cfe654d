/* tls_context.h - what tls.c and tls_context.c share. */
#ifndef NET_TLS_CONTEXT_H
#define NET_TLS_CONTEXT_H

#include "daemon/net/tls.h"

#include <openssl/ssl.h>

/* The context of [tls]; NULL where TLS is not served. */
SSL_CTX *tls_context(void);

/* In the master, when TLS is served for the first time: what OpenSSL looks up in a handshake is looked up
 * (tls_warm.c). */
void tls_warm_up(void);

/* OpenSSL's question for the session of an id: the control connection's own, or NULL. */
SSL_SESSION *tls_session_of_id(SSL *ssl, const unsigned char *id, int length, int *copy);

#endif
