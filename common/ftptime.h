/* SPDX-License-Identifier: BSD-2-Clause */
/* ftptime.h - time values (RFC 3659 section 2.3): YYYYMMDDHHMMSS[.fraction], UTC. */
#ifndef COMMON_FTPTIME_H
#define COMMON_FTPTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FTPTIME_ROOM = 32 };

/* "20261124051200", NUL-ended; a time outside the years 0000 to 9999 becomes the nearest one
 * inside. */
const char *ftptime_format(int64_t seconds, char text[FTPTIME_ROOM]);

/* Parses n bytes of a time value; the fraction becomes nanoseconds.  False: not a time value, or no
 * such date. */
bool ftptime_parse(const char *text, size_t n, int64_t *seconds, uint32_t *nanoseconds);

/* A civil date of the proleptic Gregorian calendar, UTC, without libc's zone files. */
struct civil {
    int64_t year;
    uint32_t month, day, hour, minute, second; /* month and day from 1 */
};
void civil_from_seconds(int64_t seconds, struct civil *out);
int64_t civil_to_seconds(const struct civil *civil);

#endif
