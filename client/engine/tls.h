/* tls.h - TLS of one session: the control connection's trust, and the resumption of its session
 * on data connections (RFC 4217; laws T3 and T4 of the server ask for a fresh ticket each). */
#ifndef CLIENT_ENGINE_TLS_H
#define CLIENT_ENGINE_TLS_H

#include "client/engine/link.h"
#include "client/engine/settings.h"
#include "client/engine/trouble.h"

enum { TLS_TICKETS_MOST = 8, TLS_FINGERPRINT_ROOM = 72, TLS_HOST_ROOM = 280 };

struct tls_client {
    SSL_CTX *context;                       /* NULL: not in use */
    SSL_SESSION *tickets[TLS_TICKETS_MOST]; /* unused ones, the newest last */
    unsigned count;
    SSL_SESSION *last;                      /* the one used last, where no fresh one is there */
    SSL_SESSION *first;                     /* for the stale-ticket fault */
    char fingerprint[TLS_FINGERPRINT_ROOM]; /* of the control connection's key */
    unsigned resumed, full;                 /* data connections so far */
};

/* The handshake of the control connection and the judgement of the certificate.  strict: an
 * untrusted one is refused (and may be asked about), else noted. */
enum outcome tls_control(struct tls_client *tls, struct link *link, const struct settings *settings,
                         const char *host, unsigned port, bool strict, struct trouble *trouble);

/* Puts TLS on a data connection, ready for link_handshake_step(): 0 or -ENOMEM. */
int tls_data_begin(struct tls_client *tls, struct link *link, const struct settings *settings);

/* After its handshake: is it the same server?  Counts whether it resumed. */
bool tls_data_check(struct tls_client *tls, const struct link *link);

/* "sha256:" and the hex of the SHA-256 of the peer's public key; empty where there is none. */
void tls_fingerprint(const SSL *ssl, char text[TLS_FINGERPRINT_ROOM]);

void tls_close(struct tls_client *tls);

#endif
