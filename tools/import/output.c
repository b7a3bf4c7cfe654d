/* SPDX-License-Identifier: BSD-2-Clause */
/* output.c - the keys and notes that were found, as a configuration. */
#include "tools/import/import.h"

#include "common/text.h"
#include "daemon/config/table.h"
#include "daemon/config/types.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct setting {
    const char *section, *key;
    char value[IMPORT_TEXT_ROOM];
    const struct line *line;        /* NULL: the peer's default */
    const struct peer_option *from; /* whose default it is */
    const char *remark;
    char why[OPTION_WHY_ROOM]; /* wardftpd doesn't take it; empty: it does */
    struct setting *next;
};

struct note {
    enum note_kind kind;
    const struct line *line;
    const char *remark;
    struct note *next;
};

enum { LINE_LENGTH_MAX = 199 }; /* of inih, as the configuration is read */

static const char *const sections[] = { "daemon", "listener default", "tls", "defaults",
                                        "anonymous" };

static enum option_block block_of(const char *section, const char *key)
{
    static const enum option_block blocks[] = { BLOCK_DAEMON, BLOCK_LISTENER, BLOCK_TLS,
                                                BLOCK_POLICY, BLOCK_POLICY };
    for (size_t i = 0; i < COUNT(sections); i++) {
        if (strcmp(sections[i], section) != 0)
            continue;
        if (strcmp(section, "anonymous") == 0 && option_find(BLOCK_ANONYMOUS, key) >= 0)
            return BLOCK_ANONYMOUS;
        return blocks[i];
    }
    return BLOCK_DAEMON;
}

/* Does wardftpd take it?  Otherwise why not. */
static bool is_taken(const char *section, const char *key, const char *value,
                     char why[OPTION_WHY_ROOM])
{
    static union {
        struct config daemon;
        struct listener_config listener;
        struct policy policy;
        struct anonymous_config anonymous;
    } scratch;
    const int row = option_find(block_of(section, key), key);
    memset(&scratch, 0, sizeof scratch);
    if (strstr(value, " ;") || strstr(value, "\t;")) {
        (void)text_copy(why, OPTION_WHY_ROOM, "a blank and a semicolon begin a comment");
        return false;
    }
    if (strlen(key) + strlen(" = ") + strlen(value) > LINE_LENGTH_MAX) {
        (void)text_copy(why, OPTION_WHY_ROOM,
                        "a line may have 199 bytes; a list may have several lines");
        return false;
    }
    if (row >= 0)
        return option_parse(&option_rows[row], &scratch, value, false, why);
    (void)text_copy(why, OPTION_WHY_ROOM, "there is no such key");
    return false;
}

static struct setting *find(struct setting *list, const char *section, const char *key)
{
    for (; list; list = list->next) {
        if (strcmp(list->section, section) == 0 && strcmp(list->key, key) == 0)
            return list;
    }
    return NULL;
}

static bool is_list(const char *key)
{
    return strcmp(key, "rights") == 0 || strcmp(key, "denied_commands") == 0 ||
           strcmp(key, "deny") == 0;
}

/* The last line counts; of lists each adds something. */
static void put_value(struct setting *setting, const char *value)
{
    static const char all[] = "all, ";
    const size_t used = strlen(setting->value);
    if (!used || !is_list(setting->key))
        (void)text_copy(setting->value, sizeof setting->value, value);
    else
        (void)text_format(setting->value + used, sizeof setting->value - used, ", %s",
                          strncmp(value, all, sizeof all - 1) == 0 ? value + sizeof all - 1
                                                                   : value);
}

static struct setting *new_setting(struct import *import, const char *section, const char *key)
{
    struct setting *setting = grab(sizeof *setting);
    struct setting **end = &import->settings;
    setting->section = section;
    setting->key = key;
    while (*end)
        end = &(*end)->next;
    *end = setting;
    return setting;
}

void set_key(struct import *import, const char *section, const char *key, const char *value,
             const struct line *line, const struct peer_option *from, const char *remark)
{
    if (strcmp(section, "anonymous") == 0 && !import->guests) {
        if (line)
            add_note(import, NOTE_NONE, line, "not used: there are no guests");
        return;
    }
    struct setting *setting = find(import->settings, section, key);
    if (!setting)
        setting = new_setting(import, section, key);
    put_value(setting, value);
    setting->line = line;
    setting->from = from;
    setting->remark = remark;
    if (is_taken(section, key, setting->value, setting->why))
        setting->why[0] = '\0';
    else
        import->faults++;
}

void add_note(struct import *import, enum note_kind kind, const struct line *line,
              const char *remark)
{
    struct note *note = grab(sizeof *note);
    struct note **end = &import->notes;
    *note = (struct note){ .kind = kind, .line = line, .remark = remark };
    while (*end)
        end = &(*end)->next;
    *end = note;
    if (kind == NOTE_UNKNOWN)
        import->faults++;
}

/* A comment line; what is longer than a line of the configuration may be is cut. */
static void __attribute__((format(printf, 2, 3))) comment(FILE *to, const char *format, ...)
{
    enum { SHOWN = 180 };
    char text[8 * IMPORT_TEXT_ROOM];
    va_list arguments;
    va_start(arguments, format);
    const int n = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (n > SHOWN)
        (void)text_copy(text + SHOWN, sizeof text - SHOWN, " ...");
    fprintf(to, "# %s\n", text);
}

/* "vsftpd.conf:12: name=value". */
static void write_line(const struct import *import, const struct line *line, FILE *to)
{
    char file[512], safe[4 * IMPORT_TEXT_ROOM], number[16] = "";
    const char *equals = import->peer == &peer_vsftpd ? "=" : " ";
    text_escape(file, sizeof file, line->file, strlen(line->file));
    text_escape(safe, sizeof safe, line->value, strlen(line->value));
    if (line->number)
        (void)text_format(number, sizeof number, ":%u", line->number);
    if (line->number)
        comment(to, "%.60s%s: %s%s%s%s%s", file, number, line->around, *line->around ? ": " : "",
                line->name, *line->value ? equals : "", safe);
    else
        comment(to, "%.60s: %s", file, safe);
}

static void write_origin(const struct import *import, const struct line *line,
                         const struct peer_option *from, FILE *to)
{
    if (line)
        write_line(import, line, to);
    else if (from && *from->name)
        comment(to, "%s's default for %s%s%s", import->peer->title, from->name,
                from->unset ? ": " : "", from->unset ? from->unset : "");
    else
        comment(to, "As %s does without a setting", import->peer->title);
}

static void write_setting(const struct import *import, const struct setting *setting, FILE *to)
{
    char safe[4 * IMPORT_TEXT_ROOM];
    write_origin(import, setting->line, setting->from, to);
    if (*setting->remark)
        comment(to, "It differs: %s.", setting->remark);
    text_escape(safe, sizeof safe, setting->value, strlen(setting->value));
    if (*setting->why) {
        comment(to, "Not taken: %s.", setting->why);
        comment(to, "%s = %s", setting->key, safe);
    } else {
        fprintf(to, "%s = %s\n", setting->key, setting->value);
    }
    if (*setting->remark)
        fprintf(stderr, "wardftpd-import: warning: %s: %s\n",
                setting->line ? setting->line->name : setting->from->name, setting->remark);
}

static void write_section(const struct import *import, const char *section, FILE *to)
{
    const bool guests = strcmp(section, "anonymous") == 0 && import->guests;
    bool begun = guests;
    if (guests)
        fputs("\n# Guests log in only if the user file has a row for their account.\n[anonymous]\n",
              to);
    for (const struct setting *setting = import->settings; setting; setting = setting->next) {
        if (strcmp(setting->section, section) != 0)
            continue;
        if (!begun)
            fprintf(to, "\n[%s]\n", section);
        begun = true;
        write_setting(import, setting, to);
    }
}

static void write_notes(const struct import *import, enum note_kind kind, const char *title,
                        FILE *to)
{
    bool begun = false;
    for (const struct note *note = import->notes; note; note = note->next) {
        if (note->kind != kind)
            continue;
        if (!begun)
            fprintf(to, "\n# %s\n", title);
        begun = true;
        write_origin(import, note->line, NULL, to);
        comment(to, "    %s", note->remark);
    }
}

bool write_output(const struct import *import, FILE *to)
{
    fprintf(to,
            "# Made by wardftpd-import from a configuration of %s.  Check it with wardftpd -t.\n"
            "# Users are not part of it: see wardpasswd(8).\n",
            import->peer->title);
    for (size_t i = 0; i < COUNT(sections); i++)
        write_section(import, sections[i], to);
    write_notes(import, NOTE_NONE, "Without an equivalent; look there instead:", to);
    write_notes(import, NOTE_SAME, "Needs no setting:", to);
    write_notes(import, NOTE_UNKNOWN, "Not understood:", to);
    return !ferror(to);
}
