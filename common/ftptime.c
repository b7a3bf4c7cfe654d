/* SPDX-License-Identifier: BSD-2-Clause */
/* ftptime.c - time values and the calendar.  In JAIL, NET, scribe and client;
 * pure: no zone files, which a confined process could not open. */
#include "common/ftptime.h"

#include "common/text.h"

#include <inttypes.h>

enum {
    DAY = 86400,
    ERA_DAYS = 146097, /* 400 years, after which the calendar repeats */
    ERA_YEARS = 400,
    EPOCH_DAY = 719468, /* days from 0000-03-01 to 1970-01-01 */
};

/* Division rounded towards minus infinity; by > 0. */
static int64_t floor_divide(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

/* Years begin in March, so that a leap day is the last day of its year: then any
 * five months have 153 days, from which the days before a month follow. */
static int64_t days_before_month(int64_t month_from_march)
{
    return (153 * month_from_march + 2) / 5;
}

static int64_t days_before_year(int64_t year_of_era)
{
    return year_of_era * 365 + year_of_era / 4 - year_of_era / 100;
}

/* The year of an era that contains day 0..ERA_DAYS-1 of the era. */
static int64_t year_of_day(int64_t day)
{
    int64_t year = day / 366; /* exact or one too few */
    while (year + 1 < ERA_YEARS && days_before_year(year + 1) <= day)
        year++;
    return year;
}

void civil_from_seconds(int64_t seconds, struct civil *out)
{
    const int64_t days = floor_divide(seconds, DAY);
    int64_t second = seconds % DAY;
    if (second < 0)
        second += DAY;

    const int64_t era = floor_divide(days + EPOCH_DAY, ERA_DAYS);
    const int64_t day_of_era = days + EPOCH_DAY - era * ERA_DAYS;
    const int64_t year = year_of_day(day_of_era);
    const int64_t day_of_year = day_of_era - days_before_year(year);
    const int64_t month = (5 * day_of_year + 2) / 153; /* 0 is March */

    out->year = era * ERA_YEARS + year + (month >= 10);
    out->month = (uint32_t)(month < 10 ? month + 3 : month - 9);
    out->day = (uint32_t)(day_of_year - days_before_month(month) + 1);
    out->hour = (uint32_t)(second / 3600);
    out->minute = (uint32_t)(second / 60 % 60);
    out->second = (uint32_t)(second % 60);
}

int64_t civil_to_seconds(const struct civil *civil)
{
    const int64_t year = civil->year - (civil->month < 3);
    const int64_t month = (int64_t)civil->month + (civil->month < 3 ? 9 : -3);
    const int64_t era = floor_divide(year, ERA_YEARS);
    const int64_t days = era * ERA_DAYS + days_before_year(year - era * ERA_YEARS) +
                         days_before_month(month) + (int64_t)civil->day - 1 - EPOCH_DAY;
    const int64_t second =
        (int64_t)civil->hour * 3600 + (int64_t)civil->minute * 60 + (int64_t)civil->second;
    /* The first day of the range begins before INT64_MIN: computed from the day after. */
    return days < 0 ? (days + 1) * DAY + (second - DAY) : days * DAY + second;
}

/* Writes value in n digits with leading zeros.  A listing has hundreds of thousands, and printf is
 * slow. */
static char *put_digits(char *to, uint64_t value, size_t n)
{
    for (size_t i = n; i-- > 0; value /= 10)
        to[i] = (char)('0' + value % 10);
    return to + n;
}

const char *ftptime_format(int64_t seconds, char text[FTPTIME_ROOM])
{
    struct civil when;
    civil_from_seconds(seconds, &when);
    if (when.year < 0)
        when = (struct civil){ .year = 0, .month = 1, .day = 1 };
    if (when.year > 9999)
        when = (struct civil){
            .year = 9999, .month = 12, .day = 31, .hour = 23, .minute = 59, .second = 59
        };
    char *to = put_digits(text, (uint64_t)when.year, 4);
    const uint32_t rest[] = { when.month, when.day, when.hour, when.minute, when.second };
    for (size_t i = 0; i < COUNT(rest); i++)
        to = put_digits(to, rest[i], 2);
    *to = '\0';
    return text;
}

/* Parses the digits text[from..from + n). */
static bool take(const char *text, size_t from, size_t n, uint32_t least, uint32_t most,
                 uint32_t *out)
{
    uint64_t value;
    if (!number_parse_n(text + from, n, least, most, &value))
        return false;
    *out = (uint32_t)value;
    return true;
}

static uint32_t days_in_month(uint32_t year, uint32_t month)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

/* Cuts digits after the ninth: rounding could give the next second. */
static bool fraction_parse(const char *digits, size_t n, uint32_t *nanoseconds)
{
    uint32_t value = 0;
    if (n == 0)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return false;
        if (i < 9)
            value = value * 10 + (uint32_t)(digits[i] - '0');
    }
    for (size_t i = n; i < 9; i++)
        value *= 10;
    *nanoseconds = value;
    return true;
}

bool ftptime_parse(const char *text, size_t n, int64_t *seconds, uint32_t *nanoseconds)
{
    enum { WHOLE = 14 };
    struct civil when;
    uint32_t year, fraction = 0;

    if (n < WHOLE || !take(text, 0, 4, 0, 9999, &year) || !take(text, 4, 2, 1, 12, &when.month) ||
        !take(text, 6, 2, 1, 31, &when.day) || !take(text, 8, 2, 0, 23, &when.hour) ||
        !take(text, 10, 2, 0, 59, &when.minute) || !take(text, 12, 2, 0, 60, &when.second))
        return false;
    when.year = year;
    if (when.day > days_in_month(year, when.month))
        return false;
    /* a leap second is the last of a day */
    if (when.second == 60 && (when.hour != 23 || when.minute != 59))
        return false;
    if (n > WHOLE &&
        (text[WHOLE] != '.' || !fraction_parse(text + WHOLE + 1, n - WHOLE - 1, &fraction)))
        return false;
    *seconds = civil_to_seconds(&when);
    *nanoseconds = fraction;
    return true;
}
