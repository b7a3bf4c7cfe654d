/* sha256.h - SHA-256 (FIPS 180-4) of a short text.  JAIL has its own because a
 * library's first use may read configuration files, and JAIL's root is the
 * user's.  Pure. */
#ifndef JAIL_SHA256_H
#define JAIL_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_SIZE = 32 };

void sha256(const void *bytes, size_t n, uint8_t digest[SHA256_SIZE]);

#endif
