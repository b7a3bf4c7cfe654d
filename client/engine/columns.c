/* SPDX-License-Identifier: BSD-2-Clause */
/* columns.c - reads columns. */
#include "client/engine/columns.h"

#include "common/text.h"

#include <string.h>
#include <strings.h>

size_t columns_split(const char *line, size_t n, struct column columns[COLUMNS_MAX])
{
    size_t count = 0, i = 0;
    while (count < COLUMNS_MAX) {
        while (i < n && (line[i] == ' ' || line[i] == '\t'))
            i++;
        if (i == n)
            break;
        columns[count].at = line + i;
        while (i < n && line[i] != ' ' && line[i] != '\t')
            i++;
        columns[count].n = (size_t)(line + i - columns[count].at);
        count++;
    }
    return count;
}

bool column_is(const struct column *column, const char *text)
{
    return column->n == strlen(text) && strncasecmp(column->at, text, column->n) == 0;
}

bool column_number(const struct column *column, uint64_t least, uint64_t most, uint64_t *number)
{
    return number_parse_n(column->at, column->n, least, most, number);
}

bool column_size(const struct column *column, int64_t *size)
{
    char digits[32];
    size_t n = 0;
    uint64_t number;
    for (size_t i = 0; i < column->n; i++) {
        const bool separator = column->at[i] == ',' || column->at[i] == '.';
        if (separator && i > 0 && (column->n - i) % 4 == 0)
            continue;
        if (separator || n + 1 >= sizeof digits)
            return false;
        digits[n++] = column->at[i];
    }
    if (!number_parse_n(digits, n, 0, INT64_MAX, &number))
        return false;
    *size = (int64_t)number;
    return true;
}

/* ---- months ---- */

/* In UTF-8 and, with an accent, in Latin-1. */
static const char *const months[12] = {
    "jan janv ene gen sty led tam oca янв січ",
    "feb febr févr f\351vr fév f\351v fev lut úno hel şub фев лют",
    "mar mär m\344r märz m\344rz mars mrt maa bře мар бер",
    "apr abr avr avril kwi dub huh nis апр кві",
    "may mai maj mei mag kvě tou май мая тра",
    "jun juin juni giu cze čvn kes haz июн чер",
    "jul juil juli lug lip čvc hei tem июл лип",
    "aug août ao\373t ago sie srp elo ağu авг сер",
    "sep sept set wrz zář syy eyl сен вер",
    "oct okt out ott paź říj lok eki окт жов",
    "nov lis kas ноя лис",
    "dec dez déc gru pro jou ara d\351c дек гру",
};

static bool has_word(const char *words, const struct column *column)
{
    for (size_t n; *words; words += n + (words[n] == ' ')) {
        n = strcspn(words, " ");
        if (n == column->n && strncasecmp(words, column->at, n) == 0)
            return true;
    }
    return false;
}

/* The number before one of two ideographs: Chinese and Japanese, Korean. */
static bool before_ideograph(const struct column *column, const char *one, const char *other,
                             uint64_t most, uint64_t *number)
{
    if (column->n < 4 || (memcmp(column->at + column->n - 3, one, 3) != 0 &&
                          memcmp(column->at + column->n - 3, other, 3) != 0))
        return false;
    return number_parse_n(column->at, column->n - 3, 1, most, number);
}

uint32_t column_month(const struct column *column)
{
    struct column name = *column;
    uint64_t number;
    if (before_ideograph(column, "月", "월", 12, &number))
        return (uint32_t)number;
    if (name.n > 1 && name.at[name.n - 1] == '.')
        name.n--;
    for (uint32_t i = 0; i < COUNT(months); i++) {
        if (has_word(months[i], &name))
            return i + 1;
    }
    return 0;
}

/* ---- times ---- */

static bool take_meridiem(const char *at, size_t n, struct civil *civil)
{
    if (n == 0)
        return true;
    if (n > 2 || civil->hour > 12 || (n == 2 && at[1] != 'M' && at[1] != 'm'))
        return false;
    if ((at[0] == 'P' || at[0] == 'p') && civil->hour < 12)
        civil->hour += 12;
    else if ((at[0] == 'A' || at[0] == 'a') && civil->hour == 12)
        civil->hour = 0;
    return strchr("AaPp", at[0]) != NULL;
}

bool column_clock(const struct column *column, struct civil *civil)
{
    const char *end = column->at + column->n, *colon = memchr(column->at, ':', column->n);
    uint64_t hour, minute, second = 0;
    if (!colon || end - colon < 3 ||
        !number_parse_n(column->at, (size_t)(colon - column->at), 0, 23, &hour) ||
        !number_parse_n(colon + 1, 2, 0, 59, &minute))
        return false;
    const char *at = colon + 3;
    if (end - at >= 3 && *at == ':') {
        if (!number_parse_n(at + 1, 2, 0, 60, &second))
            return false;
        at += 3;
        if (at < end && *at == '.') /* hundredths, or more */
            at = end;
    }
    civil->hour = (uint32_t)hour;
    civil->minute = (uint32_t)minute;
    civil->second = (uint32_t)second;
    return take_meridiem(at, (size_t)(end - at), civil);
}

static bool three_numbers(const struct column *column, uint64_t numbers[3], size_t lengths[3])
{
    const char *at = column->at, *end = column->at + column->n;
    for (unsigned i = 0; i < 3; i++) {
        size_t n = 0;
        while (at + n < end && at[n] >= '0' && at[n] <= '9')
            n++;
        if (n > 4 || !number_parse_n(at, n, 0, 9999, &numbers[i]))
            return false;
        lengths[i] = n;
        at += n;
        if (i < 2 && (at == end || !strchr("-/.", *at)))
            return false;
        at += i < 2;
    }
    return at == end;
}

/* Years of two digits are 1970 to 2069. */
static int64_t whole_year(uint64_t year, size_t digits)
{
    if (digits > 2)
        return (int64_t)year;
    return (int64_t)year + (year < 70 ? 2000 : 1900);
}

bool column_date(const struct column *column, struct civil *civil, bool *ambiguous)
{
    uint64_t numbers[3];
    size_t lengths[3];
    if (!three_numbers(column, numbers, lengths))
        return false;
    const bool year_first = lengths[0] == 4 || numbers[0] > 31;
    const unsigned y = year_first ? 0 : 2;
    unsigned month = year_first ? 1 : 0, day = year_first ? 2 : 1;
    const bool points = memchr(column->at, '.', column->n) != NULL; /* 31.01.2024 */
    if (!year_first && (numbers[month] > 12 || points)) {
        month = 1;
        day = 0;
    }
    *ambiguous = !year_first && !points && numbers[month] <= 12 && numbers[day] <= 12 &&
                 numbers[month] != numbers[day];
    if (numbers[month] < 1 || numbers[month] > 12 || numbers[day] < 1 || numbers[day] > 31)
        return false;
    civil->year = whole_year(numbers[y], lengths[y]);
    civil->month = (uint32_t)numbers[month];
    civil->day = (uint32_t)numbers[day];
    return true;
}

/* A date without a year is in the last twelve months, plus a day for other time zones. */
static void guess_year(struct civil *civil, int64_t now)
{
    struct civil today;
    civil_from_seconds(now, &today);
    civil->year = today.year;
    if (civil_to_seconds(civil) > now + 86400)
        civil->year--;
}

/* "31", "31.", or with the ideograph of days. */
static bool column_day(const struct column *column, struct civil *civil)
{
    struct column number = *column;
    uint64_t day;
    if (number.n > 1 && number.at[number.n - 1] == '.')
        number.n--;
    if (!column_number(&number, 1, 31, &day) && !before_ideograph(column, "日", "일", 31, &day))
        return false;
    civil->day = (uint32_t)day;
    return true;
}

static bool column_year(const struct column *column, struct civil *civil)
{
    uint64_t year;
    if (!column_number(column, 1900, 9999, &year) &&
        !before_ideograph(column, "年", "년", 9999, &year))
        return false;
    civil->year = (int64_t)year;
    return true;
}

/* Month and day, in this order or the other, then a clock or a year, or both. */
static size_t named_date(const struct column *columns, size_t count, int64_t now,
                         struct civil *civil)
{
    if (count < 3)
        return 0;
    const bool month_first = column_month(&columns[0]) && column_day(&columns[1], civil);
    if (!month_first && !(column_day(&columns[0], civil) && column_month(&columns[1])))
        return 0;
    civil->month = column_month(&columns[month_first ? 0 : 1]);
    if (column_year(&columns[2], civil))
        return 3;
    if (!column_clock(&columns[2], civil))
        return 0;
    if (count > 4 && columns[2].n >= 8 && column_year(&columns[3], civil)) /* with seconds: ls -T */
        return 4;
    guess_year(civil, now);
    return 3;
}

size_t columns_date(const struct column *columns, size_t count, size_t i, int64_t now,
                    int64_t *seconds)
{
    struct civil civil = { .month = 1, .day = 1 };
    bool ambiguous;
    size_t used = 0;
    if (i >= count)
        return 0;
    used = named_date(columns + i, count - i, now, &civil);
    if (used == 0 && i + 1 < count && columns[i].n >= 8 &&
        column_date(&columns[i], &civil, &ambiguous) && column_clock(&columns[i + 1], &civil))
        used = 2;
    if (used > 0)
        *seconds = civil_to_seconds(&civil);
    return used;
}
