/* SPDX-License-Identifier: BSD-2-Clause */
/* list.c - one line of LIST, in any of its forms. */
#include "client/engine/list_forms.h"

#include <errno.h>
#include <string.h>

int list_name(const struct list_line *line, const char *at, struct entry *entry)
{
    const char *end = line->text + line->n;
    if (at >= end)
        return -EINVAL;
    entry->name = at;
    entry->name_bytes = (size_t)(end - at);
    return (entry->name_bytes == 1 && at[0] == '.') ||
           (entry->name_bytes == 2 && memcmp(at, "..", 2) == 0);
}

/* "total 12", in any language. */
static bool is_total(const struct list_line *line)
{
    const struct column *first = &line->columns[0], *second = &line->columns[1];
    if (line->count != 2 || second->at[0] < '0' || second->at[0] > '9')
        return false;
    for (size_t i = 0; i < first->n; i++) {
        if (first->at[i] < 'A') /* no digit, no punctuation */
            return first->at[i] == ':' && i + 1 == first->n;
    }
    return true;
}

static bool mentions(const struct list_line *line, const char *word)
{
    for (size_t i = 0; i < line->count; i++) {
        if (column_is(&line->columns[i], word))
            return true;
    }
    return false;
}

static bool is_ruler(const struct list_line *line)
{
    for (size_t i = 0; i < line->n; i++) {
        if (line->text[i] != '-' && line->text[i] != ' ')
            return false;
    }
    return true;
}

/* The headings of tables: they tell the form of what follows. */
static bool take_heading(struct list_state *state, const struct list_line *line)
{
    if (column_is(&line->columns[0], "Volume") && mentions(line, "Dsname"))
        state->kind = LIST_MVS;
    else if (column_is(&line->columns[0], "Name") &&
             (mentions(line, "VV.MM") || mentions(line, "TTR")))
        state->kind = LIST_MEMBERS;
    else
        return (column_is(&line->columns[0], "size") && mentions(line, "date")) || is_ruler(line);
    return true;
}

static bool begins_with_digit(const struct list_line *line)
{
    return line->columns[0].at[0] >= '0' && line->columns[0].at[0] <= '9';
}

static int parse(struct list_state *state, const struct list_line *line, struct entry *entry)
{
    int result;
    if (line->text[0] == '+')
        return list_eplf(line, entry);
    if (state->kind == LIST_MVS)
        return list_mvs(line, entry);
    if (state->kind == LIST_MEMBERS)
        return list_members(line, entry);
    result = list_vms(state, line, entry);
    if (result != -EINVAL)
        return result;
    if (begins_with_digit(line)) {
        result = list_dos(line, entry);
        return result == -EINVAL ? list_vxworks(line, entry) : result;
    }
    result = list_unix(line, entry);
    if (result == -EINVAL)
        result = list_ibmi(line, entry);
    return result;
}

static const struct entry nothing = {
    .type = ENTRY_OTHER, .size = -1, .modified = INT64_MIN, .mode = -1
};

int list_parse(struct list_state *state, const char *text, size_t n, struct entry *entry)
{
    struct list_line line = { .text = text, .n = n, .now = state->now };
    *entry = nothing;
    line.count = columns_split(text, n, line.columns);
    if (line.count == 0 || take_heading(state, &line) || is_total(&line))
        return 1;
    const int result = parse(state, &line, entry);
    if (result == 0 && entry->modified != INT64_MIN && !entry->time_exact)
        entry->grain =
            entry->modified % 86400 == 0 ? 86400 : 60; /* a date without a clock is midnight */
    return result;
}
