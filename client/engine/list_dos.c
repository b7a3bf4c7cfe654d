/* SPDX-License-Identifier: BSD-2-Clause */
/* list_dos.c - the listings of DOS and IIS, VxWorks, and EPLF. */
#include "client/engine/list_forms.h"

#include "common/text.h"

#include <errno.h>
#include <string.h>

/* The column where the size or <DIR> is, or 0. */
static size_t dos_time(const struct list_line *line, int64_t *modified)
{
    struct civil civil = { .day = 1 };
    bool ambiguous;
    size_t next = 2;
    if (line->count < 4 || !column_date(&line->columns[0], &civil, &ambiguous) ||
        !column_clock(&line->columns[1], &civil))
        return 0;
    if (column_is(&line->columns[2], "PM") || column_is(&line->columns[2], "AM")) {
        const bool afternoon = column_is(&line->columns[2], "PM");
        if (civil.hour % 12 == civil.hour && afternoon)
            civil.hour += 12;
        else if (civil.hour == 12 && !afternoon)
            civil.hour = 0;
        next = 3;
    }
    *modified = civil_to_seconds(&civil);
    return next + 1 < line->count ? next : 0;
}

/* <DIR>, <JUNCTION>, <SYMLINKD> and <SYMLINK> take the place of a size. */
static bool dos_kind(const struct column *column, struct entry *entry)
{
    if (column_is(column, "<DIR>"))
        entry->type = ENTRY_DIRECTORY;
    else if (column_is(column, "<JUNCTION>") || column_is(column, "<SYMLINKD>") ||
             column_is(column, "<SYMLINK>"))
        entry->type = ENTRY_LINK;
    return entry->type != ENTRY_OTHER;
}

/* "name [target]" */
static void cut_target(struct entry *entry)
{
    if (entry->name[entry->name_bytes - 1] != ']')
        return;
    for (size_t i = 1; i + 1 < entry->name_bytes; i++) {
        if (memcmp(entry->name + i, " [", 2) == 0) {
            entry->name_bytes = i;
            return;
        }
    }
}

int list_dos(const struct list_line *line, struct entry *entry)
{
    const size_t i = dos_time(line, &entry->modified);
    if (i == 0)
        return -EINVAL;
    const bool kind = dos_kind(&line->columns[i], entry);
    if (!kind && !column_size(&line->columns[i], &entry->size))
        return -EINVAL;
    if (!kind)
        entry->type = ENTRY_FILE;
    /* One blank after a size; after <DIR> the names are aligned. */
    const int result = list_name(
        line, kind ? line->columns[i + 1].at : line->columns[i].at + line->columns[i].n + 1, entry);
    if (result == 0 && entry->type == ENTRY_LINK)
        cut_target(entry);
    return result;
}

/* "  512    Mar-30-1998  00:00:00   name   <DIR>" */
static bool vxworks_date(const struct column *column, struct civil *civil)
{
    const struct column month = { .at = column->at, .n = 3 };
    uint64_t day, year;
    if (column->n != 11 || column->at[3] != '-' || column->at[6] != '-' || !column_month(&month) ||
        !number_parse_n(column->at + 4, 2, 1, 31, &day) ||
        !number_parse_n(column->at + 7, 4, 1900, 9999, &year))
        return false;
    civil->month = column_month(&month);
    civil->day = (uint32_t)day;
    civil->year = (int64_t)year;
    return true;
}

int list_vxworks(const struct list_line *line, struct entry *entry)
{
    struct civil civil = { .day = 1 };
    const struct column *last = &line->columns[line->count - 1];
    struct list_line named = *line;
    int64_t size;
    if (line->count < 4 || !column_size(&line->columns[0], &size) ||
        !vxworks_date(&line->columns[1], &civil) || !column_clock(&line->columns[2], &civil))
        return -EINVAL;
    const bool directory = line->count > 4 && column_is(last, "<DIR>");
    entry->type = directory ? ENTRY_DIRECTORY : ENTRY_FILE;
    entry->size = directory ? -1 : size;
    entry->modified = civil_to_seconds(&civil);
    if (directory)
        named.n = (size_t)(last->at - line->text);
    while (named.n > 0 && named.text[named.n - 1] == ' ')
        named.n--;
    return list_name(&named, line->columns[3].at, entry);
}

/* Easily Parsed LIST Format: "+i8388621.29609,m824255902,/,\tdev". */
static void eplf_fact(const char *at, size_t n, struct entry *entry)
{
    uint64_t number;
    if (n == 1 && at[0] == '/')
        entry->type = ENTRY_DIRECTORY;
    else if (n == 1 && at[0] == 'r' && entry->type == ENTRY_OTHER)
        entry->type = ENTRY_FILE;
    else if (n > 1 && at[0] == 's' && number_parse_n(at + 1, n - 1, 0, INT64_MAX, &number))
        entry->size = (int64_t)number;
    else if (n > 1 && at[0] == 'm' && number_parse_n(at + 1, n - 1, 0, UINT32_MAX, &number)) {
        entry->modified = (int64_t)number;
        entry->time_exact = true;
    }
}

int list_eplf(const struct list_line *line, struct entry *entry)
{
    const char *at = line->text + 1, *tab = memchr(line->text, '\t', line->n);
    if (!tab)
        return -EINVAL;
    while (at < tab) {
        const char *comma = memchr(at, ',', (size_t)(tab - at));
        const size_t n = (size_t)((comma ? comma : tab) - at);
        eplf_fact(at, n, entry);
        at += n + 1;
    }
    if (entry->type == ENTRY_DIRECTORY)
        entry->size = -1;
    return list_name(line, tab + 1, entry);
}
