/* SPDX-License-Identifier: BSD-2-Clause */
/* skeleton.h - the files of a new home, in one sealed memfd: the master reads the
 * directory `skeleton`, and homes, which sees no directory but that of the homes,
 * writes them.
 *
 * For each file or directory a head, the path without its NUL, and the bytes.  A
 * directory comes before what is in it. */
#ifndef COMMON_SKELETON_H
#define COMMON_SKELETON_H

#include <stdint.h>

enum {
    SKELETON_ENTRIES_MAX = 256,
    SKELETON_BYTES_MAX = 4 << 20, /* of the whole image */
    SKELETON_PATH_ROOM = 1024,    /* from the home, with its NUL */
    SKELETON_DEPTH_MAX = 8,
};

enum skeleton_kind { SKELETON_DIRECTORY = 1, SKELETON_FILE = 2 };

struct skeleton_head {
    uint32_t kind; /* enum skeleton_kind */
    uint32_t mode; /* 0..0777 */
    uint32_t path_length;
    uint32_t size; /* in bytes; of a directory 0 */
};

#endif
