/* SPDX-License-Identifier: BSD-2-Clause */
/* hash.h - password hashes, by libxcrypt. */
#ifndef WARDPASSWD_HASH_H
#define WARDPASSWD_HASH_H

#include "tools/wardpasswd/file.h"

#include <stdbool.h>

enum {
    HASH_ROOM = 384,   /* CRYPT_OUTPUT_SIZE */
    PASSWORD_MAX = 511 /* bytes: crypt(3) refuses a longer one */
};

/* The kinds that hash_make takes, for the usage: "yescrypt, ...". */
extern const char hash_methods[];

/* Hashes with a fresh salt.  method NULL: yescrypt.  0 or an exit code after a complaint. */
int hash_make(const char *method, const char *password, char hash[HASH_ROOM]);

/* Is it the password's hash?  Takes the same time whether it nearly is or not. */
bool hash_matches(struct span hash, const char *password);

/* "yescrypt", "sha512crypt", ...; "none" where no password fits; a lock before it is not looked
 * at. */
const char *hash_kind(struct span hash);

/* Does the server refuse this kind (law L4)? */
bool hash_is_weak(struct span hash);

bool hash_is_locked(struct span hash);

#endif
