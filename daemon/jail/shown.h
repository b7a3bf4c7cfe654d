/* SPDX-License-Identifier: BSD-2-Clause */
/* shown.h - which names a listing shows. */
#ifndef JAIL_SHOWN_H
#define JAIL_SHOWN_H

#include <stdbool.h>
#include <stddef.h>

struct jail;

/* Does the open listing show this name of listing.directory (laws U2 and N2)?  place: the
 * directory's path, n bytes. */
bool listing_shows(struct jail *jail, const char *place, size_t n, const char *name);

/* "." or ".." */
bool is_dots(const char *name);

#endif
