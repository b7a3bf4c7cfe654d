/* SPDX-License-Identifier: BSD-2-Clause */
/* columns.h - the columns of a line of LIST: numbers, dates, months in the languages that servers
 * speak.  Pure. */
#ifndef CLIENT_ENGINE_COLUMNS_H
#define CLIENT_ENGINE_COLUMNS_H

#include "common/ftptime.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { COLUMNS_MAX = 16 };

struct column {
    const char *at;
    size_t n;
};

/* Splits at blanks; what is beyond COLUMNS_MAX is left out. */
size_t columns_split(const char *line, size_t n, struct column columns[COLUMNS_MAX]);

/* The same text, whatever the case of its letters. */
bool column_is(const struct column *column, const char *text);

bool column_number(const struct column *column, uint64_t least, uint64_t most, uint64_t *number);
/* A size, perhaps with commas or points between thousands. */
bool column_size(const struct column *column, int64_t *size);

/* 1 to 12, or 0: "Jan", "janv.", "Mai", or digits with the ideograph of months. */
uint32_t column_month(const struct column *column);
/* "14:05", "9:05", "14:05:33", "02:05PM". */
bool column_clock(const struct column *column, struct civil *civil);
/* Three numbers with -, / or . between them: the year first if it has four digits, else the month,
 * unless that is not possible.  *ambiguous: day and month may be the other way round. */
bool column_date(const struct column *column, struct civil *civil, bool *ambiguous);

/* A date at columns[i]: "Jan 31 14:05", "31 Jan 2024", "Jan 31 14:05:00 2024", "2024-01-31 14:05".
 * now: for a date without a year.  How many columns it has, or 0. */
size_t columns_date(const struct column *columns, size_t count, size_t i, int64_t now,
                    int64_t *seconds);

#endif
