/* remote_key.h - a private key that is not here: an OpenSSL provider built
 * into the binary, whose keys are numbers and whose signatures are made by the
 * keeper. */
#ifndef REMOTE_KEY_H
#define REMOTE_KEY_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdint.h>

/* Loads the default provider and then ours (the other order breaks EC key
 * shares).  Once a process tree, before any SSL_CTX is made.  0 or -EIO. */
int remote_key_provider_load(void);

/* The key of a certificate, known to the keeper by its number.  To be freed by
 * the caller (SSL_CTX_use_PrivateKey takes a reference).  NULL: a kind of key
 * that is not served (RSA, EC and Ed25519 are). */
EVP_PKEY *remote_key_make(X509 *certificate, uint32_t number);

#endif
