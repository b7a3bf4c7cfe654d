/* SPDX-License-Identifier: BSD-2-Clause */
/* report_listing.c - listings: long lines, columns, colours, JSON. */
#include "client/shell/report.h"

#include "client/shell/colors.h"
#include "client/shell/window.h"
#include "common/ftptime.h"
#include "common/json.h"
#include "common/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMN_GAP = 2, SIZE_COLUMNS = 14, HUMAN_COLUMNS = 8 };

static const char *type_name(enum entry_type type)
{
    static const char *const names[] = { "file", "dir", "link", "other" };
    return names[type];
}

static void json_owner(struct json *json, const char *key, const char *text, size_t n)
{
    char copy[256];
    if (text && text_format(copy, sizeof copy, "%.*s", (int)n, text))
        json_text(json, key, copy);
}

static void entry_json(struct report *report, const struct entry *entry)
{
    struct json json;
    char text[FTPTIME_ROOM];
    json_begin(&json, report->out);
    json_text(&json, "event", "entry");
    json_text(&json, "name", entry->name);
    json_text(&json, "type", type_name(entry->type));
    if (entry->size >= 0)
        json_integer(&json, "size", entry->size);
    if (entry->modified != INT64_MIN)
        json_text(&json, "modify", ftptime_format(entry->modified, text));
    if (entry->mode >= 0) {
        text_format(text, sizeof text, "%04o", (unsigned)entry->mode);
        json_text(&json, "mode", text);
    }
    json_owner(&json, "owner", entry->owner, entry->owner_bytes);
    json_owner(&json, "group", entry->group, entry->group_bytes);
    json_end(&json);
}

static void mode_text(const struct entry *entry, char text[11])
{
    static const char letters[] = "rwxrwxrwx";
    text[0] = entry->type == ENTRY_DIRECTORY ? 'd' : entry->type == ENTRY_LINK ? 'l' : '-';
    for (unsigned i = 0; i < 9; i++)
        text[i + 1] = entry->mode < 0 ? '?' : entry->mode & (0400 >> i) ? letters[i] : '-';
    text[10] = '\0';
}

static bool uses_colors(const struct report *report)
{
    return report->color == COLOR_ALWAYS ||
           (report->color == COLOR_AUTO && report->out_terminal && colors_wanted());
}

/* The name, in its colour, and "/" behind that of a directory. */
static void show_name(const struct report *report, const struct entry *entry)
{
    const char *name = entry->name ? entry->name : "";
    const char *color = uses_colors(report) ? color_of(entry) : NULL;
    if (color)
        fprintf(report->out, "\033[%sm", color);
    report_name(report, name);
    if (color)
        fputs("\033[0m", report->out);
    if (entry->type == ENTRY_DIRECTORY)
        fputc('/', report->out);
}

/* Columns of owner and group: as wide as the longest; 0: not known of any entry. */
struct widths {
    int owner, group;
};

static void show_owner(const struct report *report, const char *text, size_t n, int width)
{
    char shown[512];
    if (width == 0)
        return;
    text_escape(shown, sizeof shown, text ? text : "-", text ? n : 1);
    fprintf(report->out, " %-*s", width, shown);
}

static void show_size(const struct report *report, int64_t size)
{
    char text[SIZE_TEXT_SIZE] = "-";
    const int width = report->human == SIZES_HUMAN ? HUMAN_COLUMNS : SIZE_COLUMNS;
    if (size >= 0 && report->human == SIZES_HUMAN)
        size_text(size, text);
    else if (size >= 0)
        text_format(text, sizeof text, "%" PRId64, size);
    fprintf(report->out, " %*s", width, text);
}

static void show_long(const struct report *report, const struct entry *entry,
                      const struct widths *widths)
{
    char mode[11], when[32] = "                ";
    struct civil civil;
    mode_text(entry, mode);
    if (entry->modified != INT64_MIN) {
        civil_from_seconds(entry->modified, &civil);
        text_format(when, sizeof when, "%04lld-%02u-%02u %02u:%02u", (long long)civil.year,
                    civil.month, civil.day, civil.hour, civil.minute);
    }
    fputs(mode, report->out);
    show_owner(report, entry->owner, entry->owner_bytes, widths->owner);
    show_owner(report, entry->group, entry->group_bytes, widths->group);
    show_size(report, entry->size);
    fprintf(report->out, "  %s  ", when);
    show_name(report, entry);
    fputc('\n', report->out);
}

static void widen(struct widths *widths, const struct entry *entry)
{
    if (entry->owner && entry->owner_bytes > widths->owner)
        widths->owner = entry->owner_bytes;
    if (entry->group && entry->group_bytes > widths->group)
        widths->group = entry->group_bytes;
}

void report_entry(struct report *report, const struct entry *entry)
{
    struct widths widths = { 0 };
    if (report->json) {
        entry_json(report, entry);
        return;
    }
    widen(&widths, entry);
    show_long(report, entry, &widths);
}

/* Down the columns, as ls does. */
static void show_columns(const struct report *report, const struct listing *listing)
{
    const size_t count = listing->count;
    unsigned widest = 1;
    for (size_t i = 0; i < count; i++) {
        const struct entry *entry = &listing->entries[i];
        const unsigned width = window_width_of(entry->name) + (entry->type == ENTRY_DIRECTORY);
        widest = width > widest ? width : widest;
    }
    const size_t columns = report->out_terminal ? window_columns() : 80;
    const size_t fit = columns / (widest + COLUMN_GAP);
    const size_t across = fit ? fit : 1;
    const size_t down = (count + across - 1) / across;
    for (size_t row = 0; row < down; row++) {
        for (size_t i = row; i < count; i += down) {
            const struct entry *entry = &listing->entries[i];
            const unsigned width = window_width_of(entry->name) + (entry->type == ENTRY_DIRECTORY);
            show_name(report, entry);
            if (i + down < count)
                fprintf(report->out, "%*s", (int)(widest + COLUMN_GAP - width), "");
        }
        fputc('\n', report->out);
    }
}

static void show_names(const struct report *report, const struct listing *listing, bool marked)
{
    for (size_t i = 0; i < listing->count; i++) {
        if (marked)
            show_name(report, &listing->entries[i]);
        else
            report_name(report, listing->entries[i].name);
        fputc('\n', report->out);
    }
}

static void show_all(struct report *report, const struct listing *listing)
{
    struct widths widths = { 0 };
    for (size_t i = 0; i < listing->count; i++)
        widen(&widths, &listing->entries[i]);
    for (size_t i = 0; i < listing->count; i++) {
        if (report->json)
            entry_json(report, &listing->entries[i]);
        else
            show_long(report, &listing->entries[i], &widths);
    }
}

void report_listing(struct report *report, const struct listing *listing, enum listing_style style)
{
    report_clear(report);
    if (report->json || style == LISTING_LONG)
        show_all(report, listing);
    else if (style == LISTING_COLUMNS && listing->count > 0)
        show_columns(report, listing);
    else
        show_names(report, listing, style == LISTING_MARKED);
    for (size_t i = 0; i < listing->raw_count && style == LISTING_LONG; i++)
        report_text(report, "raw", listing->raw[i]);
    fflush(report->out);
}
