/* tls_warm.h - OpenSSL looks its algorithms up when they are first used. */
#ifndef NET_TLS_WARM_H
#define NET_TLS_WARM_H

/* In NET's zygote, before the first fork: makes OpenSSL look up what handshakes need. */
void tls_warm_up(void);

#endif
