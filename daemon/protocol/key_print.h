/* SPDX-License-Identifier: BSD-2-Clause */
/* key_print.h - identifies a key, before and after a renewal: a few bytes of its
 * public half, computed from the certificate or from the key. */
#ifndef PROTOCOL_KEY_PRINT_H
#define PROTOCOL_KEY_PRINT_H

#include <openssl/evp.h>
#include <stdint.h>

/* The last four bytes of an RSA modulus, of an EC point's x, or of an Ed25519 public key; 0: none
 * of these. */
uint32_t key_print(const EVP_PKEY *key);

#endif
