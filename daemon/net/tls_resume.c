/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_resume.c - runs in NET, without privilege. */
#include "daemon/net/tls_resume.h"

#include <string.h>

/* Of this process's one control connection; NULL before its handshake. */
static SSL_SESSION *control_session;

void tls_keep_session(SSL *ssl)
{
    control_session = SSL_get1_session(ssl);
}

/* A copy, because OpenSSL invalidates the session of a connection that breaks. */
SSL_SESSION *tls_session_of_id(SSL *ssl, const unsigned char *id, int length, int *copy)
{
    unsigned int own_length = 0;
    const unsigned char *own =
        control_session ? SSL_SESSION_get_id(control_session, &own_length) : NULL;
    (void)ssl;
    *copy = 0; /* the caller owns what is returned */
    if (!own || length <= 0 || own_length != (unsigned int)length ||
        memcmp(own, id, own_length) != 0)
        return NULL;
    return SSL_SESSION_dup(control_session);
}

/* Such a connection leaves a ticket of TLS 1.2 or an id with the client, which would vouch for
 * the next connection without ever having been the control connection's.  So its session gets
 * another context than the one that is looked for, and no id. */
int tls_disown_session(SSL *ssl, void *argument)
{
    static const unsigned char context[] = "data";
    SSL_SESSION *session = SSL_get_session(ssl);
    (void)argument;
    if (SSL_session_reused(ssl) || !session)
        return 1;
    return SSL_SESSION_set1_id_context(session, context, sizeof context - 1) == 1 &&
           SSL_SESSION_set1_id(session, context, 0) == 1;
}
