/* count.h - what lies in the user's root, for the quota: every name but the
 * root's own is a file; regular ones have their size as bytes, each name of a
 * file with several. */
#ifndef JAIL_COUNT_H
#define JAIL_COUNT_H

#include "daemon/protocol/net_jail.h"

#include <stdbool.h>
#include <stdint.h>

struct jail;

struct counted {
    uint64_t bytes, files;
    uint64_t parts;           /* bytes of it that cut uploads left */
    struct jail_usage reaped; /* parts that were too old */
    bool partial;             /* something in there is closed to the user */
};

/* Counts all that is beneath the root, and removes what cut uploads left and is too old (law U3); an
 * empty hidden file is none.  0 or -errno: then the numbers mean nothing. */
int count_files(const struct jail *jail, struct counted *found);

#endif
