/* SPDX-License-Identifier: BSD-2-Clause */
/* hours.h - times of the week and dates, as an administrator writes them. */
#ifndef COMMON_HOURS_H
#define COMMON_HOURS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum { HOURS_MAX = 8 };

/* A time of the day on some days of the week, up to the minute before `to`; where
 * `to` is not later than `from`, it ends the next day. */
struct hours {
    uint8_t days;      /* bit 0: Sunday, as tm_wday counts; 0: not set */
    uint16_t from, to; /* minutes since midnight, `to` up to 1440 */
};

/* Parses "Mon-Fri 08:00-18:00".  Without days it means every day, without times
 * the whole day.  False leaves *to alone. */
bool hours_parse(const char *text, struct hours *to);

/* Is this time within the hours? */
bool hours_hold(const struct hours *hours, const struct tm *now);

/* Parses "2027-01-31" into days since 1970.  False: no such day. */
bool date_parse(const char *text, uint32_t *day);

/* The day of a local time, counted the same way. */
uint32_t date_of(const struct tm *now);

#endif
