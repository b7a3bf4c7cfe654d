/* keeper.h - the process that holds the TLS private keys, and signs. */
#ifndef KEEPER_H
#define KEEPER_H

#include "daemon/border/net_keeper.h"
#include "daemon/config.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>

/* Serves until the master is gone and the last cell's channel is at its end.
 * FD_MASTER and FD_SCRIBE are open.  Takes config over. */
_Noreturn void keeper_run(struct config *config);

/* keys.c: the key of a PEM file, read through fd into locked memory; NULL: errno or OpenSSL's queue. */
EVP_PKEY *key_read(int fd);

/* signing.c: what is signed for a request, built or checked; its length in bytes, 0: it has not the form. */
size_t signed_text(const struct keeper_sign *ask, unsigned char *to, size_t room);

/* Signs; the signature's length, or 0 where the key does not fit the scheme. */
size_t sign(EVP_PKEY *key, uint32_t scheme, const unsigned char *text, size_t length,
            unsigned char signature[SIGNATURE_ROOM]);

#endif
