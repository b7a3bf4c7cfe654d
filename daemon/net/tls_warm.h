/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_warm.h - makes OpenSSL look its algorithms up before the forks. */
#ifndef NET_TLS_WARM_H
#define NET_TLS_WARM_H

/* In NET's zygote, before the first fork. */
void tls_warm_up(void);

#endif
