/* hours.h - times of the week and dates, as an administrator writes them. */
#ifndef COMMON_HOURS_H
#define COMMON_HOURS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum { HOURS_MAX = 8 };

/* From a minute of a day to one before `to`; where to is not beyond from, on
 * into the next day. */
struct hours {
    uint8_t days;      /* bit 0: Sunday, as tm_wday counts; 0: no window */
    uint16_t from, to; /* minutes since midnight, to up to 1440 */
};

/* "Mon-Fri 08:00-18:00", "Sat,Sun" is two of them; without days every day,
 * without times the whole day.  False leaves *to alone. */
bool hours_parse(const char *text, struct hours *to);

/* Is this moment in the window? */
bool hours_hold(const struct hours *hours, const struct tm *now);

/* "2027-01-31": days since 1970; false: no such day. */
bool date_parse(const char *text, uint32_t *day);

/* The day of a local time, counted the same way. */
uint32_t date_of(const struct tm *now);

#endif
