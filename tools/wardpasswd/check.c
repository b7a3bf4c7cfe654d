/* SPDX-License-Identifier: BSD-2-Clause */
/* check.c - looks at the whole file: what the server would refuse, or what may not be meant. */
#include "common/text.h"
#include "daemon/protocol/message.h"
#include "tools/wardpasswd/account.h"
#include "tools/wardpasswd/commands.h"
#include "tools/wardpasswd/complain.h"
#include "tools/wardpasswd/file.h"
#include "tools/wardpasswd/hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rows {
    struct entry *list;
    size_t count;
    const char *path;
    size_t faults;
};

static void fault(struct rows *rows, const struct entry *entry, const char *what)
{
    rows->faults++;
    (void)complain(0, "%s:%zu: %s", rows->path, entry->number, what);
}

static void warn(const struct rows *rows, const struct entry *entry, const char *what)
{
    (void)complain(0, "warning: %s:%zu: %s", rows->path, entry->number, what);
}

static bool has_control(struct span field)
{
    for (size_t i = 0; i < field.length; i++) {
        if ((unsigned char)field.text[i] < ' ' || field.text[i] == 0x7f)
            return true;
    }
    return false;
}

static void check_ids(struct rows *rows, const struct entry *entry)
{
    uint64_t uid = 0, gid = 0;
    if (!account_id(entry->fields[FIELD_UID], &uid) || !account_id(entry->fields[FIELD_GID], &gid))
        fault(rows, entry, "uid and gid must be numbers from 1 to 4294967294");
    else if (uid == 0 || gid == 0)
        fault(rows, entry, "the server refuses uid 0 and gid 0");
}

static void check_fields(struct rows *rows, const struct entry *entry)
{
    const struct span name = entry->fields[FIELD_NAME], home = entry->fields[FIELD_HOME];
    if (name.length == 0 || name.length >= NAME_ROOM || has_control(name))
        fault(rows, entry, "the name is empty, too long, or has a control character");
    check_ids(rows, entry);
    if (home.length >= HOME_ROOM || (home.length && home.text[0] != '/') || has_control(home))
        fault(rows, entry, "the home is no absolute path, or too long");
}

static void check_hash(struct rows *rows, const struct entry *entry)
{
    const struct span hash = entry->fields[FIELD_HASH];
    char line[128];
    const char *kind = hash_kind(hash);
    if (strcmp(kind, "unknown") == 0)
        fault(rows, entry, "the hash is none that crypt(3) knows; set a password");
    else if (strcmp(kind, "none") != 0 && hash_is_weak(hash)) {
        (void)text_format(line, sizeof line,
                          "the server refuses %s hashes, unless accept_hashes names them", kind);
        warn(rows, entry, line);
    }
}

static int compare_spans(struct span a, struct span b)
{
    const int order = memcmp(a.text, b.text, a.length < b.length ? a.length : b.length);
    return order ? order : (a.length > b.length) - (a.length < b.length);
}

static int by_number(const struct entry *a, const struct entry *b)
{
    return (a->number > b->number) - (a->number < b->number);
}

static int by_field(const void *one, const void *other, enum field field)
{
    const struct entry *a = one, *b = other;
    const int order = compare_spans(a->fields[field], b->fields[field]);
    return order ? order : by_number(a, b);
}

static int by_name(const void *one, const void *other)
{
    return by_field(one, other, FIELD_NAME);
}

static int by_uid(const void *one, const void *other)
{
    return by_field(one, other, FIELD_UID);
}

static int by_home(const void *one, const void *other)
{
    return by_field(one, other, FIELD_HOME);
}

/* Says of each row that another before it has the same text in this field. */
static void check_twice(struct rows *rows, enum field field, const char *what, bool is_fault)
{
    char line[160];
    for (size_t i = 1; i < rows->count; i++) {
        const struct entry *before = &rows->list[i - 1], *entry = &rows->list[i];
        if (entry->fields[field].length == 0 ||
            compare_spans(before->fields[field], entry->fields[field]) != 0)
            continue;
        (void)text_format(line, sizeof line, "the %s is that of line %zu, too", what,
                          before->number);
        if (is_fault)
            fault(rows, entry, line);
        else
            warn(rows, entry, line);
    }
}

static void check_all_twice(struct rows *rows)
{
    static const struct {
        int (*order)(const void *, const void *);
        enum field field;
        const char *what;
        bool is_fault;
    } looks[] = { { by_name, FIELD_NAME, "name", true },
                  { by_uid, FIELD_UID, "uid", false },
                  { by_home, FIELD_HOME, "home", false } };
    for (size_t i = 0; i < COUNT(looks) && rows->count > 0; i++) {
        qsort(rows->list, rows->count, sizeof rows->list[0], looks[i].order);
        check_twice(rows, looks[i].field, looks[i].what, looks[i].is_fault);
    }
}

static void check_owner(struct rows *rows, const struct user_file *file)
{
    if (file->meta.st_uid == 0 && (file->meta.st_mode & 077) == 0)
        return;
    rows->faults++;
    (void)complain(0, "%s: the server refuses it: it must belong to root and have mode 0600",
                   file->path);
}

/* 0 or an exit code. */
static int check_rows(const struct user_file *file, struct rows *rows)
{
    struct entry entry = { 0 };
    size_t room = 0;
    while (file_next(file, &entry)) {
        if (!entry.whole) {
            fault(rows, &entry, "a user has seven fields, name:hash:uid:gid:gecos:home:shell");
            continue;
        }
        check_fields(rows, &entry);
        check_hash(rows, &entry);
        if (rows->count == room) {
            room = room ? 2 * room : 64;
            struct entry *larger = reallocarray(rows->list, room, sizeof *larger);
            if (!larger)
                return complain(EX_OSERR, "out of memory");
            rows->list = larger;
        }
        rows->list[rows->count++] = entry;
    }
    return 0;
}

int command_check(const struct request *request)
{
    struct user_file file;
    struct rows rows = { .list = NULL };
    int code = file_read(&file, request->file, false);
    rows.path = file.path;
    if (code == 0) {
        check_owner(&rows, &file);
        code = check_rows(&file, &rows);
    }
    if (code == 0) {
        check_all_twice(&rows);
        (void)printf("%s: %zu users, %zu faults\n", file.path, rows.count, rows.faults);
        code = rows.faults ? EX_DATAERR : 0;
    }
    free(rows.list);
    file_close(&file);
    return fflush(stdout) == 0 ? code : EX_IOERR;
}
