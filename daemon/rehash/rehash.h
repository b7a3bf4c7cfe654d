/* SPDX-License-Identifier: BSD-2-Clause */
/* rehash.h - changes one hash in the user file.  Runs as uid 0 without a capability;
 * its root is the directory of the user file. */
#ifndef REHASH_H
#define REHASH_H

#include "daemon/protocol/errand.h"
#include "daemon/roles.h"

#include <stdbool.h>
#include <stddef.h>

_Noreturn void rehash_run(void);
const char *rehash_rehearse(enum role role);

/* file.c: replaces the hash of the user ask->name, if it is ask->from, by ask->to, in the file of
 * that name in the root, under the lock that wardpasswd takes.  0, or an errno: ESTALE, the row has
 * another hash by now; ENOENT, there is no such row; ENOTUNIQ, there are several; EPERM, the file
 * is not root's alone. */
int hash_replace(const char *name, const struct errand_rehash *ask);

/* row.c: where in the text the hash is that is to be replaced.  0, or ENOENT, ENOTUNIQ or ESTALE. */
int row_find(const char *text, size_t size, const struct errand_rehash *ask, size_t *at);

/* Is it a hash of the default kind, whole, with nothing in it that would end a field? */
bool hash_is_default(const char *hash);

#endif
