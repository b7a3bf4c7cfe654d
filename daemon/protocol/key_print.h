/* key_print.h - which of an administrator's keys is meant, before and after a
 * renewal: a few bytes of its public half, told by the certificate as by the key. */
#ifndef PROTOCOL_KEY_PRINT_H
#define PROTOCOL_KEY_PRINT_H

#include <openssl/evp.h>
#include <stdint.h>

/* The last four bytes of an RSA modulus, of an EC point's x, or of an Ed25519 public key; 0: none of these. */
uint32_t key_print(const EVP_PKEY *key);

#endif
