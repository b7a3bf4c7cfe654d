/* SPDX-License-Identifier: BSD-2-Clause */
/* zone.h - a time zone as a table: when its offset changes, and to what.  It is
 * read from the system's files at the start (daemon/config/zones.c), and used
 * where they are out of reach: in a user's root.  Pure. */
#ifndef COMMON_ZONE_H
#define COMMON_ZONE_H

#include <stdint.h>

enum {
    ZONE_NAME_ROOM = 128,
    ZONE_TURNS = 320, /* 1970 to 2106, two a year, and some spare */
};

struct zone {
    char name[ZONE_NAME_ROOM];
    int32_t first_offset; /* seconds east of UTC, before the first turn */
    uint32_t count;       /* of turns */
    struct zone_turn {
        uint32_t from; /* seconds since 1970 */
        int32_t offset;
    } turns[ZONE_TURNS]; /* in the order of time */
};

/* Seconds east of UTC at this time; 0 for a NULL zone.  Before 1970 and after 2106, those of the
 * nearest known year. */
int32_t zone_offset(const struct zone *zone, int64_t seconds);

#endif
