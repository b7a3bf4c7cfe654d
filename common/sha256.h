/* SPDX-License-Identifier: BSD-2-Clause */
/* sha256.h - SHA-256 (FIPS 180-4).  Our own, as the first use of a library may read
 * configuration files, and JAIL's root is the user's; neither JAIL nor the scribe
 * links OpenSSL.  Pure. */
#ifndef COMMON_SHA256_H
#define COMMON_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_SIZE = 32 };

void sha256(const void *bytes, size_t n, uint8_t digest[SHA256_SIZE]);

#endif
