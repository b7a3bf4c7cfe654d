/* count.h - what lies in the user's root, for the quota: every name but the
 * root's own is a file; regular ones have their size as bytes, each name of a
 * file with several. */
#ifndef JAIL_COUNT_H
#define JAIL_COUNT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct counted {
    uint64_t bytes, files;
    bool partial; /* something in there is closed to the user */
};

/* Counts all that is beneath the root.  Hidden files that a dead session left
 * are settled where another version has their name (law U3); an empty hidden file,
 * a marker, is none.  0 or -errno: then the numbers mean nothing. */
int count_files(int root, uid_t uid, struct counted *found);

#endif
