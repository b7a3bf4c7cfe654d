/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_resume.h - which TLS sessions a data connection may resume: the one of this process's
 * control connection, and no other (law T4). */
#ifndef NET_TLS_RESUME_H
#define NET_TLS_RESUME_H

#include <openssl/ssl.h>

/* After the handshake of the control connection: its session may be resumed. */
void tls_keep_session(SSL *ssl);

/* OpenSSL's callback to look a session up by its id: the control connection's own, or NULL. */
SSL_SESSION *tls_session_of_id(SSL *ssl, const unsigned char *id, int length, int *copy);

/* OpenSSL's callback during the handshake of a data connection: if it has not resumed, it
 * can't be resumed either. */
int tls_disown_session(SSL *ssl, void *argument);

#endif
