/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_context.h - what all TLS connections share: certificates, versions and
 * suites, made in NET's zygote before the forks. */
#ifndef NET_TLS_CONTEXT_H
#define NET_TLS_CONTEXT_H

#include "daemon/config/config.h"

#include <stdbool.h>

struct ssl_ctx_st; /* SSL_CTX */

/* Before any other call of OpenSSL: its own configuration file is not read.
 * Dies where the library can't be used. */
void tls_begin(void);

/* Builds one context for [tls] and one for each [host NAME] with a certificate,
 * from the files that the master handed over (protocol/certificates.h); without a
 * certificate TLS is not served.  Once, in NET's zygote.  Complains of each fault; 0 or -EINVAL. */
int tls_contexts_make(const struct config *config, config_complain *complain, void *context);

/* Warns of each certificate that has expired or will within 14 days (law T7). */
void tls_contexts_warn(const struct config *config, config_complain *complain, void *context);

/* Tells when each certificate, or one of its chain, expires: seconds since the epoch, by the number of
 * the certificate (protocol/checking.h). */
void tls_contexts_tell_dates(void (*tell)(uint32_t number, int64_t expires));

/* Is there a certificate to serve with? */
bool tls_is_served(void);

/* In NET, after the fork: this process's own ticket key (law T3).  0 or -EIO. */
int tls_own_tickets(void);

/* The context of [tls]; NULL where TLS is not served. */
struct ssl_ctx_st *tls_context(void);

#endif
