/* SPDX-License-Identifier: BSD-2-Clause */
/* remote_key.h - private keys of another process: an OpenSSL provider, built
 * into the program, whose keys are numbers and whose signatures the keeper
 * makes. */
#ifndef REMOTE_KEY_H
#define REMOTE_KEY_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdint.h>

/* Loads the default provider and then ours (the other order breaks EC key shares).  Once, before
 * any SSL_CTX is made and before the forks. 0 or -EIO. */
int remote_key_provider_load(void);

/* The key of a certificate, which the keeper knows by its number.  The caller frees it
 * (SSL_CTX_use_PrivateKey takes a reference).  NULL: this kind of key is not supported; RSA, EC
 * and Ed25519 are. */
EVP_PKEY *remote_key_make(X509 *certificate, uint32_t number);

#endif
