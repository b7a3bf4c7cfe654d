/* SPDX-License-Identifier: BSD-2-Clause */
/* hours.c - times of the week, and dates; pure. */
#include "common/hours.h"

#include "common/text.h"

#include <string.h>
#include <strings.h>

enum { DAY_MINUTES = 24 * 60, EVERY_DAY = 0x7f };

/* The number of the day, as tm_wday has it, or -1. */
static int day_of(const char *text)
{
    static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    for (int i = 0; i < (int)COUNT(days); i++) {
        if (strncasecmp(text, days[i], 3) == 0)
            return i;
    }
    return -1;
}

/* Parses "Mon" or "Mon-Fri" at the start of text.  The bytes it took; 0: it is neither. */
static size_t take_days(const char *text, uint8_t *days)
{
    const int first = day_of(text);
    if (first < 0)
        return 0;
    const bool range = text[3] == '-';
    const int last = range ? day_of(text + 4) : first;
    if (last < 0)
        return 0;
    *days = 0;
    for (int day = first;; day = (day + 1) % 7) {
        *days = (uint8_t)(*days | 1U << day);
        if (day == last)
            return range ? 7 : 3;
    }
}

/* Parses "08:00", exactly five bytes, up to 24:00. */
static bool take_time(const char *text, uint16_t *minutes)
{
    uint64_t hour, minute;
    if (strnlen(text, 5) < 5 || text[2] != ':' || !number_parse_n(text, 2, 0, 24, &hour) ||
        !number_parse_n(text + 3, 2, 0, 59, &minute))
        return false;
    *minutes = (uint16_t)(hour * 60 + minute);
    return *minutes <= DAY_MINUTES;
}

bool hours_parse(const char *text, struct hours *to)
{
    struct hours hours = { .days = EVERY_DAY, .from = 0, .to = DAY_MINUTES };
    const size_t n = take_days(text, &hours.days);
    text += n;
    if (n > 0 && *text == '\0') {
        *to = hours;
        return true;
    }
    text += strspn(text, " \t");
    if (!take_time(text, &hours.from) || text[5] != '-' || !take_time(text + 6, &hours.to) ||
        text[11] != '\0' || hours.from == DAY_MINUTES)
        return false;
    *to = hours;
    return true;
}

bool hours_hold(const struct hours *hours, const struct tm *now)
{
    const int minute = now->tm_hour * 60 + now->tm_min;
    const bool today = hours->days >> now->tm_wday & 1;
    const bool yesterday = hours->days >> (now->tm_wday + 6) % 7 & 1;
    if (hours->from < hours->to)
        return today && minute >= hours->from && minute < hours->to;
    return (today && minute >= hours->from) || (yesterday && minute < hours->to);
}

/* Days since 1970.  Years begin in March, so that leap days come last. */
static uint32_t days_since(int year, int month, int day)
{
    const int y = month <= 2 ? year - 1 : year;
    const int from_march = (month + 9) % 12;
    const int of_year = (153 * from_march + 2) / 5 + day - 1;
    return (uint32_t)(365 * y + y / 4 - y / 100 + y / 400 + of_year - 719468);
}

static int month_days(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

bool date_parse(const char *text, uint32_t *day)
{
    uint64_t y, m, d;
    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-' ||
        !number_parse_n(text, 4, 1970, 9999, &y) || !number_parse_n(text + 5, 2, 1, 12, &m) ||
        !number_parse_n(text + 8, 2, 1, 31, &d) || (int)d > month_days((int)y, (int)m))
        return false;
    *day = days_since((int)y, (int)m, (int)d);
    return true;
}

uint32_t date_of(const struct tm *now)
{
    return days_since(now->tm_year + 1900, now->tm_mon + 1, now->tm_mday);
}
