/* SPDX-License-Identifier: BSD-2-Clause */
/* count.h - counts what the user's root holds, for the quota.  Each name is a
 * file; a regular file counts with its size, under each of its names. */
#ifndef JAIL_COUNT_H
#define JAIL_COUNT_H

#include "daemon/protocol/net_jail.h"

#include <stdbool.h>
#include <stdint.h>

struct jail;

struct counted {
    uint64_t bytes, files;
    uint64_t parts;           /* bytes of them that belong to interrupted uploads */
    struct jail_usage reaped; /* parts that were too old */
    bool partial;             /* a directory could not be read by this user */
};

/* Counts everything beneath the root, without empty hidden files, and removes parts of
 * interrupted uploads that are too old (law U3). 0; or -errno, and the numbers are invalid. */
int count_files(const struct jail *jail, struct counted *found);

#endif
