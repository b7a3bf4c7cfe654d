/* SPDX-License-Identifier: BSD-2-Clause */
/* list_hosts.c - the listings of VMS, IBM i and MVS. */
#include "client/engine/list_forms.h"

#include "common/text.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* ---- VMS: "NAME.TXT;1   2/3   29-FEB-2024 12:30:00  [OWNER]  (RWED,RWED,RE,)" ----
 * A long name has a line of its own. */

static bool has_version(const struct column *column)
{
    const char *semicolon = memchr(column->at, ';', column->n);
    uint64_t version;
    return semicolon && semicolon > column->at &&
           number_parse_n(semicolon + 1, (size_t)(column->at + column->n - semicolon - 1), 1, 32767,
                          &version);
}

static bool vms_date(const struct column *column, struct civil *civil)
{
    const char *dash = memchr(column->at, '-', column->n);
    if (!dash || column->at + column->n - dash != 9 || dash[4] != '-')
        return false;
    const struct column month = { .at = dash + 1, .n = 3 };
    uint64_t day, year;
    if (!column_month(&month) ||
        !number_parse_n(column->at, (size_t)(dash - column->at), 1, 31, &day) ||
        !number_parse_n(dash + 5, 4, 1858, 9999, &year))
        return false;
    civil->month = column_month(&month);
    civil->day = (uint32_t)day;
    civil->year = (int64_t)year;
    return true;
}

/* NAME.DIR;1 is the directory NAME. */
static void vms_name(const char *at, size_t n, struct entry *entry)
{
    const char *semicolon = memchr(at, ';', n);
    const size_t stem = (size_t)(semicolon - at);
    entry->name = at;
    entry->name_bytes = n;
    entry->type = ENTRY_FILE;
    if (stem > 4 && strncasecmp(at + stem - 4, ".DIR", 4) == 0) {
        entry->type = ENTRY_DIRECTORY;
        entry->name_bytes = stem - 4;
    }
}

/* Sizes are in blocks: the number of bytes is unknown. */
static int vms_facts(const struct column *columns, size_t count, struct entry *entry)
{
    for (size_t i = 0; i + 1 < count && i < 3; i++) {
        struct civil civil = { .day = 1 };
        if (!vms_date(&columns[i], &civil) || !column_clock(&columns[i + 1], &civil))
            continue;
        entry->modified = civil_to_seconds(&civil);
        return 0;
    }
    return -EINVAL;
}

int list_vms(struct list_state *state, const struct list_line *line, struct entry *entry)
{
    const struct column *first = &line->columns[0];
    const bool total =
        line->count > 2 && column_is(first, "Total") && column_is(&line->columns[1], "of");
    if (total || (column_is(first, "Directory") && memchr(line->text, '[', line->n)))
        return 1;
    if (state->held_bytes > 0) {
        vms_name(state->held, state->held_bytes, entry);
        state->held_bytes = 0;
        return vms_facts(line->columns, line->count, entry);
    }
    if (!has_version(first))
        return -EINVAL;
    if (line->count == 1) {
        if (first->n > sizeof state->held)
            return -EINVAL;
        memcpy(state->held, first->at, first->n);
        state->held_bytes = first->n;
        return 1;
    }
    vms_name(first->at, first->n, entry);
    return vms_facts(line->columns + 1, line->count - 1, entry);
}

/* ---- IBM i: "QSYS   77824 02/23/00 15:09:55 *DIR  QOpenSys/" ---- */

static enum entry_type ibmi_type(const struct column *column)
{
    static const char *const directories[] = { "*DIR", "*LIB", "*FLR", "*DDIR", "*FILE" };
    static const char *const files[] = { "*STMF", "*DSTMF", "*MEM", "*DOC" };
    for (size_t i = 0; i < COUNT(directories); i++) {
        if (column_is(column, directories[i]))
            return ENTRY_DIRECTORY;
    }
    for (size_t i = 0; i < COUNT(files); i++) {
        if (column_is(column, files[i]))
            return ENTRY_FILE;
    }
    return ENTRY_OTHER;
}

int list_ibmi(const struct list_line *line, struct entry *entry)
{
    struct civil civil = { .day = 1 };
    bool ambiguous = true;
    const bool dated = line->count > 5 && line->columns[4].at[0] == '*';
    const size_t type = dated ? 4 : 1;
    int64_t size;
    if (!dated && !(line->count > 2 && column_is(&line->columns[1], "*MEM")))
        return -EINVAL;
    if (dated && (!column_size(&line->columns[1], &size) ||
                  !column_date(&line->columns[2], &civil, &ambiguous) ||
                  !column_clock(&line->columns[3], &civil)))
        return -EINVAL;
    entry->type = ibmi_type(&line->columns[type]);
    if (dated && entry->type == ENTRY_FILE)
        entry->size = size;
    if (dated && !ambiguous)
        entry->modified = civil_to_seconds(&civil);
    const int result = list_name(line, line->columns[type + 1].at, entry);
    if (result == 0 && entry->name_bytes > 1 && entry->name[entry->name_bytes - 1] == '/')
        entry->name_bytes--;
    return result;
}

/* ---- MVS: data sets, and the members of a partitioned one ---- */

/* "WYOSPT 3420   2003/05/21  1  200  FB      80  8053  PS  48-MVS.FILE": blocks, no bytes. */
int list_mvs(const struct list_line *line, struct entry *entry)
{
    const struct column *last = &line->columns[line->count - 1], *organization = last - 1;
    struct civil civil = { .day = 1 };
    bool ambiguous;
    if (line->count < 2 || line->count == COLUMNS_MAX)
        return -EINVAL;
    entry->type = ENTRY_FILE;
    if (column_is(organization, "PO") || column_is(organization, "PO-E") ||
        column_is(organization, "Directory"))
        entry->type = ENTRY_DIRECTORY;
    else if (column_is(organization, "VSAM"))
        entry->type = ENTRY_OTHER;
    if (line->count > 3 && column_date(&line->columns[2], &civil, &ambiguous))
        entry->modified = civil_to_seconds(&civil);
    return list_name(line, last->at, entry);
}

/* "MEMBER01  01.09 2004/06/03 2004/06/14 15:35   12   12    0 USER", or a load
 * module, or a name alone. */
int list_members(const struct list_line *line, struct entry *entry)
{
    struct civil civil = { .day = 1 };
    bool ambiguous;
    entry->type = ENTRY_FILE;
    if (line->count > 4 && column_date(&line->columns[3], &civil, &ambiguous) &&
        column_clock(&line->columns[4], &civil))
        entry->modified = civil_to_seconds(&civil);
    entry->name = line->columns[0].at;
    entry->name_bytes = line->columns[0].n;
    return 0;
}
