/* SPDX-License-Identifier: BSD-2-Clause */
/* list_unix.c - what ls -l prints, in its many variants, and NetWare's form of it. */
#include "client/engine/list_forms.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static int mode_of(const struct column *column)
{
    static const char letters[] = "rwxrwxrwx";
    int mode = 0;
    for (size_t i = 0; i < 9; i++) {
        const char c = column->at[i + 1];
        mode <<= 1;
        if (c == letters[i] || c == 's' || c == 't')
            mode |= 1;
        else if (c != '-' && c != 'S' && c != 'T')
            return -1;
    }
    return mode;
}

static enum entry_type type_of(char c)
{
    switch (c) {
    case '-':
        return ENTRY_FILE;
    case 'd':
        return ENTRY_DIRECTORY;
    case 'l':
        return ENTRY_LINK;
    default:
        return ENTRY_OTHER;
    }
}

/* "d [RWCEAFMS]" or "-[RWCEAFMS]": how many columns that is, or 0. */
static size_t netware_rights(const struct list_line *line)
{
    const struct column *first = &line->columns[0];
    if (first->n > 2 && first->at[1] == '[')
        return 1;
    return first->n == 1 && line->count > 1 && line->columns[1].at[0] == '[' ? 2 : 0;
}

/* The name begins one space after the date: further spaces are its own, but for NetWare's. */
static int take_name(const struct list_line *line, const struct column *last, bool skips,
                     struct entry *entry)
{
    const char *at = last->at + last->n + 1, *end = line->text + line->n;
    while (skips && at < end && *at == ' ')
        at++;
    const int result = list_name(line, at, entry);
    for (size_t i = 1; result == 0 && entry->type == ENTRY_LINK && i + 4 < entry->name_bytes; i++) {
        if (memcmp(at + i, " -> ", 4) == 0)
            entry->name_bytes = i;
    }
    return result;
}

static void take_text(const struct column *column, const char **text, unsigned char *bytes)
{
    if (column->n > UCHAR_MAX)
        return;
    *text = column->at;
    *bytes = (unsigned char)column->n;
}

/* Owner and group, where the date's place tells which columns they are. */
static void take_owner(const struct list_line *line, size_t date, struct entry *entry)
{
    if (date == 4 || date == 5)
        take_text(&line->columns[2], &entry->owner, &entry->owner_bytes);
    if (date == 5)
        take_text(&line->columns[3], &entry->group, &entry->group_bytes);
}

/* A date at column i, with the size (or a device's numbers) before it. */
static int try_date(const struct list_line *line, size_t i, bool netware, struct entry *entry)
{
    int64_t size;
    const size_t used = columns_date(line->columns, line->count, i, line->now, &entry->modified);
    if (used == 0 || !column_size(&line->columns[i - 1], &size))
        return -EINVAL;
    if (entry->type == ENTRY_FILE)
        entry->size = size;
    return take_name(line, &line->columns[i + used - 1], netware, entry);
}

int list_unix(const struct list_line *line, struct entry *entry)
{
    /* Links, owner and group may be missing, or have blanks.  The usual place is tried first, as an
     * owner may have the name of a month and a file that of a date. */
    static const unsigned char places[] = { 5, 4, 6, 3, 7, 2, 8, 9, 10 };
    const size_t rights = netware_rights(line);
    if (line->count < 5 || !strchr("-dlbcpsD", line->text[0]) ||
        (rights == 0 && line->columns[0].n < 10))
        return -EINVAL;
    entry->type = type_of(line->text[0]);
    entry->mode = rights ? -1 : mode_of(&line->columns[0]);
    for (size_t i = 0; i < sizeof places; i++) {
        if (places[i] >= line->count)
            continue;
        const int result = try_date(line, places[i], rights > 0, entry);
        if (result == 0 && rights == 0)
            take_owner(line, places[i], entry);
        if (result != -EINVAL)
            return result;
    }
    return -EINVAL;
}
