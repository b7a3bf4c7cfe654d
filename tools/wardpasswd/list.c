/* SPDX-License-Identifier: BSD-2-Clause */
/* list.c - the users, for people and as JSON.  Hashes are never shown. */
#include "common/json.h"
#include "common/text.h"
#include "tools/wardpasswd/commands.h"
#include "tools/wardpasswd/complain.h"
#include "tools/wardpasswd/file.h"
#include "tools/wardpasswd/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
    uint64_t uid, gid;
};

static bool row_parse(const struct entry *entry, struct row *row)
{
    const struct span uid = entry->fields[FIELD_UID], gid = entry->fields[FIELD_GID];
    return entry->whole && number_parse_n(uid.text, uid.length, 0, UINT32_MAX, &row->uid) &&
           number_parse_n(gid.text, gid.length, 0, UINT32_MAX, &row->gid);
}

/* before: what separates it from the one before; NULL: it is on its own. */
static void show_json(const struct entry *entry, const struct row *row, const char *before)
{
    const struct span *fields = entry->fields;
    struct json json;
    if (before)
        (void)fputs(before, stdout);
    json_begin(&json, stdout);
    json_text_n(&json, "name", fields[FIELD_NAME].text, fields[FIELD_NAME].length);
    json_integer(&json, "uid", (int64_t)row->uid);
    json_integer(&json, "gid", (int64_t)row->gid);
    json_text_n(&json, "gecos", fields[FIELD_GECOS].text, fields[FIELD_GECOS].length);
    json_text_n(&json, "home", fields[FIELD_HOME].text, fields[FIELD_HOME].length);
    json_text(&json, "hash", hash_kind(fields[FIELD_HASH]));
    json_flag(&json, "locked", hash_is_locked(fields[FIELD_HASH]));
    json_close_object(&json);
}

static void show_line(const struct entry *entry, const struct row *row)
{
    char name[1100], home[4 * PATH_MAX + 1];
    (void)text_escape(name, sizeof name, entry->fields[FIELD_NAME].text,
                      entry->fields[FIELD_NAME].length);
    (void)text_escape(home, sizeof home, entry->fields[FIELD_HOME].text,
                      entry->fields[FIELD_HOME].length);
    (void)printf("%-20s %10llu %10llu  %-12s %-7s %s\n", name, (unsigned long long)row->uid,
                 (unsigned long long)row->gid, hash_kind(entry->fields[FIELD_HASH]),
                 hash_is_locked(entry->fields[FIELD_HASH]) ? "locked" : "-", home);
}

/* Shows every valid entry; EX_DATAERR if there are others. */
static int show_all(const struct user_file *file, bool json)
{
    struct entry entry = { 0 };
    int code = 0;
    bool first = true;
    (void)printf(json ? "[" : "%-20s %10s %10s  %-12s %-7s %s\n", "NAME", "UID", "GID", "HASH",
                 "LOCK", "HOME");
    while (file_next(file, &entry)) {
        struct row row;
        if (!row_parse(&entry, &row)) {
            code = complain(EX_DATAERR, "%s:%zu: not an entry of seven fields with numeric ids",
                            file->path, entry.number);
            continue;
        }
        if (json)
            show_json(&entry, &row, first ? "\n  " : ",\n  ");
        else
            show_line(&entry, &row);
        first = false;
    }
    if (json)
        (void)printf("\n]\n");
    return code;
}

static int show_one(const struct user_file *file, const struct request *request)
{
    struct entry entry;
    struct row row;
    char text[4 * PATH_MAX + 1];
    static const struct {
        const char *name;
        enum field field;
    } lines[] = { { "name", FIELD_NAME },   { "uid", FIELD_UID },   { "gid", FIELD_GID },
                  { "gecos", FIELD_GECOS }, { "home", FIELD_HOME }, { "shell", FIELD_SHELL } };
    const int code = file_find(file, request->name, &entry);
    if (code)
        return code;
    if (!row_parse(&entry, &row))
        return complain(EX_DATAERR, "%s:%zu: the ids are not numbers", file->path, entry.number);
    if (request->json) {
        show_json(&entry, &row, NULL);
        return puts("") < 0 ? EX_IOERR : 0;
    }
    for (size_t i = 0; i < COUNT(lines); i++) {
        const struct span field = entry.fields[lines[i].field];
        (void)text_escape(text, sizeof text, field.text, field.length);
        (void)printf("%-7s %s\n", lines[i].name, text);
    }
    (void)printf("%-7s %s%s\n", "hash", hash_kind(entry.fields[FIELD_HASH]),
                 hash_is_locked(entry.fields[FIELD_HASH]) ? ", locked" : "");
    return 0;
}

int command_show(const struct request *request)
{
    struct user_file file;
    int code = file_read(&file, request->file, false);
    if (code == 0)
        code = show_one(&file, request);
    file_close(&file);
    if (fflush(stdout) != 0 || ferror(stdout))
        code = complain(EX_IOERR, "cannot write to standard output");
    return code;
}

int command_list(const struct request *request)
{
    struct user_file file;
    int code = file_read(&file, request->file, false);
    if (code == 0)
        code = show_all(&file, request->json);
    file_close(&file);
    if (fflush(stdout) != 0 || ferror(stdout))
        code = complain(EX_IOERR, "cannot write to standard output");
    return code;
}
