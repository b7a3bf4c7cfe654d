/* SPDX-License-Identifier: BSD-2-Clause */
/* copy.h - copies the content of one file into another, which keeps its owner,
 * mode and names (law U2). */
#ifndef JAIL_COPY_H
#define JAIL_COPY_H

#include <stdbool.h>
#include <stdint.h>

struct jail;
struct place;

/* Reserves the space for size bytes, so that a full disk is found while the old content is
 * still whole.  0 or -errno. */
int copy_reserve(int to, uint64_t size);

/* Copies size bytes and cuts the target there.  0 or -errno. */
int copy_file(int from, int to, uint64_t size, bool sync);

/* Copies a complete part, which a killed session left, into the file of its target's name.
 * Removes nothing.  0, -JAIL_BUSY or -errno. */
int copy_part_again(const struct jail *jail, const struct place *place, const char *part);

#endif
