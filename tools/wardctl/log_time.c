/* SPDX-License-Identifier: BSD-2-Clause */
/* log_time.c - reads times.  Local ones by the system's time zone. */
#include "tools/wardctl/log_time.h"

#include "common/text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { DAY_S = 86400, FUTURE_S = 86400 };

/* `n` digits at text. */
static bool digits(const char *text, size_t n, int most, int *value)
{
    uint64_t number;
    if (strspn(text, "0123456789") < n || !number_parse_n(text, n, 0, (uint64_t)most, &number))
        return false;
    *value = (int)number;
    return true;
}

/* 2026-11-24 */
static bool read_date(const char *text, struct tm *tm)
{
    int year, month;
    if (!digits(text, 4, 9999, &year) || text[4] != '-' || !digits(text + 5, 2, 12, &month) ||
        text[7] != '-' || !digits(text + 8, 2, 31, &tm->tm_mday) || month == 0 || tm->tm_mday == 0)
        return false;
    tm->tm_year = year - 1900;
    tm->tm_mon = month - 1;
    return true;
}

/* 05:17:00 */
static bool read_clock(const char *text, struct tm *tm)
{
    return digits(text, 2, 23, &tm->tm_hour) && text[2] == ':' &&
           digits(text + 3, 2, 59, &tm->tm_min) && text[5] == ':' &&
           digits(text + 6, 2, 60, &tm->tm_sec);
}

/* Z or +02:00 or +0200: seconds to take away.  Its length; 0: none. */
static size_t read_offset(const char *text, int64_t *offset)
{
    int hours, minutes;
    *offset = 0;
    if (*text == 'Z')
        return 1;
    if ((*text != '+' && *text != '-') || !digits(text + 1, 2, 14, &hours))
        return 0;
    const size_t colon = text[3] == ':';
    if (!digits(text + 3 + colon, 2, 59, &minutes))
        return 0;
    *offset = (hours * 60 + minutes) * 60 * (*text == '-' ? -1 : 1);
    return 5 + colon;
}

static size_t read_iso(const char *text, int64_t *seconds)
{
    struct tm tm = { .tm_isdst = -1 };
    int64_t offset;
    if (!read_date(text, &tm) || (text[10] != 'T' && text[10] != ' ') ||
        !read_clock(text + 11, &tm))
        return 0;
    size_t n = 19;
    if (text[n] == '.' || text[n] == ',') {
        const size_t fraction = strspn(text + n + 1, "0123456789");
        n += fraction ? fraction + 1 : 0;
    }
    const size_t zone = read_offset(text + n, &offset);
    *seconds = zone ? (int64_t)timegm(&tm) - offset : (int64_t)mktime(&tm);
    return n + zone;
}

static size_t read_syslog(const char *text, int64_t now, int64_t *seconds)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct tm tm = { 0 };
    const time_t moment = (time_t)now;
    char month[4] = "", day[3];
    if (strlen(text) < 15 || !localtime_r(&moment, &tm))
        return 0;
    memcpy(month, text, 3);
    const char *at = strstr(months, month);
    memcpy(day, text + 4, 2);
    day[2] = '\0';
    if (day[0] == ' ')
        day[0] = '0';
    if (!at || (at - months) % 3 != 0 || text[3] != ' ' || !digits(day, 2, 31, &tm.tm_mday) ||
        text[6] != ' ' || !read_clock(text + 7, &tm))
        return 0;
    tm.tm_mon = (int)(at - months) / 3;
    tm.tm_isdst = -1;
    *seconds = (int64_t)mktime(&tm);
    if (*seconds > now + FUTURE_S) {
        tm.tm_year--;
        tm.tm_isdst = -1;
        *seconds = (int64_t)mktime(&tm);
    }
    return 15;
}

size_t log_time_read(const char *text, int64_t now, int64_t *seconds)
{
    const size_t n =
        *text >= '0' && *text <= '9' ? read_iso(text, seconds) : read_syslog(text, now, seconds);
    return n;
}

/* Midnight of a local day, so many days before today. */
static int64_t midnight(int64_t now, int days)
{
    struct tm tm;
    const time_t moment = (time_t)now;
    if (!localtime_r(&moment, &tm))
        return now;
    tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
    tm.tm_mday -= days;
    tm.tm_isdst = -1;
    return (int64_t)mktime(&tm);
}

static bool parse_ago(const char *text, int64_t now, int64_t *seconds)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', DAY_S } };
    const size_t n = strlen(text);
    uint64_t number;
    for (size_t i = 0; i < COUNT(units) && n > 1; i++) {
        if (text[n - 1] == units[i].unit && number_parse_n(text, n - 1, 0, 1000000, &number)) {
            *seconds = now - (int64_t)number * units[i].seconds;
            return true;
        }
    }
    return false;
}

bool log_time_parse(const char *text, int64_t now, int64_t *seconds)
{
    char whole[64];
    if (strcmp(text, "today") == 0 || strcmp(text, "yesterday") == 0) {
        *seconds = midnight(now, *text == 'y');
        return true;
    }
    if (parse_ago(text, now, seconds))
        return true;
    const size_t n = strcspn(text, "Z"); /* fills in what is left out */
    const char *rest = n == 10 ? "T00:00:00" : n == 16 ? ":00" : "";
    return text_format(whole, sizeof whole, "%.*s%s%s", (int)n, text, rest, text + n) &&
           read_iso(whole, seconds) == strlen(whole);
}
