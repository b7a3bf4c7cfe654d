/* SPDX-License-Identifier: BSD-2-Clause */
/* tls.h - TLS of one session: the control connection's trust, and the resumption of its session
 * on data connections (RFC 4217; laws T3 and T4 of the server ask for a fresh ticket each). */
#ifndef CLIENT_ENGINE_TLS_H
#define CLIENT_ENGINE_TLS_H

#include "client/engine/link.h"
#include "client/engine/settings.h"
#include "client/engine/failure.h"

enum { TLS_TICKETS_MAX = 8, TLS_FINGERPRINT_SIZE = 72, TLS_HOST_SIZE = 280 };

struct tls_client {
    SSL_CTX *context;                      /* NULL: not in use */
    SSL_SESSION *tickets[TLS_TICKETS_MAX]; /* unused ones, the newest last */
    unsigned count;
    SSL_SESSION *last;                      /* the one used last, where no fresh one is there */
    SSL_SESSION *first;                     /* for the stale-ticket fault */
    char fingerprint[TLS_FINGERPRINT_SIZE]; /* of the control connection's key */
    unsigned resumed, full;                 /* data connections so far */
};

/* Handshake of the control connection and check of its certificate.  strict: an untrusted one
 * is refused, unless the user accepts it; else noted. */
enum outcome tls_control(struct tls_client *tls, struct link *link, const struct settings *settings,
                         const char *host, unsigned port, bool strict, struct failure *failure);

/* Puts TLS on a data connection, ready for link_handshake_step(): 0 or -ENOMEM. */
int tls_data_begin(struct tls_client *tls, struct link *link, const struct settings *settings);

/* After its handshake: is it the same server?  Counts whether it resumed. */
bool tls_data_check(struct tls_client *tls, const struct link *link);

/* "sha256:" and the hex of the SHA-256 of the peer's public key; empty if there is none. */
void tls_fingerprint(const SSL *ssl, char text[TLS_FINGERPRINT_SIZE]);

void tls_close(struct tls_client *tls);

#endif
