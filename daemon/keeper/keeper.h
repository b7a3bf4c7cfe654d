/* SPDX-License-Identifier: BSD-2-Clause */
/* keeper.h - the process that holds the TLS private keys, and signs. */
#ifndef KEEPER_H
#define KEEPER_H

#include "daemon/protocol/net_keeper.h"
#include "daemon/config/config.h"
#include "daemon/roles.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>

/* Serves until the master is gone and the last cell's channel has ended.
 * FD_MASTER and FD_SCRIBE are open.  Owns config. */
_Noreturn void keeper_run(struct config *config);

/* check.c: reports for each certificate whether its private key, which the master
 * sends as to a serving keeper, can be read and fits it. */
void keeper_check(const struct config *config);

/* keys.c: before any other call of OpenSSL; prevents it from reading its configuration file.
 * Dies if the library cannot be used. */
void keeper_begin(void);

/* The key of a PEM file, read through fd into locked memory; NULL: errno or OpenSSL's queue. */
EVP_PKEY *key_read(int fd);

/* The same key as DER, and back: for a successor.  0: it does not fit; NULL: it is no key. */
size_t key_write(const EVP_PKEY *key, unsigned char *der, size_t room);
EVP_PKEY *key_parse(const unsigned char *der, size_t length);

/* signing.c: the text to sign for a request, built or checked; its length in bytes, or 0 if it is
 * not valid. */
size_t signed_text(const struct keeper_sign *ask, unsigned char *to, size_t room);

/* Signs; the signature's length, or 0 if the key does not fit the scheme. */
size_t sign(EVP_PKEY *key, uint32_t scheme, const unsigned char *text, size_t length,
            unsigned char signature[SIGNATURE_ROOM]);

/* rehearsal.c: the self-test of this program.  NULL, or the part of the role's work that failed:
 * errno. */
const char *keeper_rehearse(enum role role);

#endif
