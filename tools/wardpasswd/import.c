/* SPDX-License-Identifier: BSD-2-Clause */
/* import.c - adds the users of other servers to the user file, in one edit: their
 * hashes as they are, and a line for everything that does not come. */
#include "tools/wardpasswd/import.h"

#include "common/home_pattern.h"
#include "common/text.h"
#include "daemon/protocol/message.h"
#include "tools/wardpasswd/account.h"
#include "tools/wardpasswd/complain.h"
#include "tools/wardpasswd/hash.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SERVER_MINIMUM_UID = 500 };

struct import {
    const struct request *request;
    const struct format *format;
    struct user_file source, passwd, file;
    char *lines; /* of the new rows */
    size_t length, room;
    size_t taken, left;
};

__attribute__((format(printf, 3, 0))) static void say(const struct foreign *line, bool comes,
                                                      const char *format, va_list arguments)
{
    char what[1024];
    const struct span name = line->fields[0];
    (void)vsnprintf(what, sizeof what, format, arguments);
    (void)complain(0, "%s:%zu: %.*s%s: %s", line->path, line->number, (int)name.length, name.text,
                   comes ? "" : " is left out", what);
}

void import_note(const struct foreign *line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(line, true, format, arguments);
    va_end(arguments);
}

bool import_leave(struct import *import, const struct foreign *line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(line, false, format, arguments);
    va_end(arguments);
    import->left++;
    return false;
}

static bool find_in(const struct user_file *file, struct span name, struct entry *found)
{
    struct entry entry = { 0 };
    while (file_next(file, &entry)) {
        const struct span other = entry.fields[FIELD_NAME];
        if (other.length != name.length || memcmp(other.text, name.text, name.length) != 0)
            continue;
        *found = entry;
        return true;
    }
    return false;
}

bool import_account(const struct import *import, struct span name, struct entry *entry)
{
    return import->passwd.exists && find_in(&import->passwd, name, entry) && entry->whole;
}

static struct span span_of(const char *text)
{
    return text ? (struct span){ text, strlen(text) } : (struct span){ "", 0 };
}

struct span import_option_uid(const struct import *import)
{
    return span_of(import->request->uid);
}

struct span import_option_gid(const struct import *import)
{
    return span_of(import->request->gid);
}

/* ---- one row ---- */

static void line_cut(struct foreign *line, const struct entry *entry, const char *bytes)
{
    const char *at = bytes + entry->at, *end = at + entry->length;
    while (end > at && (end[-1] == '\n' || end[-1] == '\r'))
        end--;
    for (line->count = 0; line->count < FOREIGN_FIELDS; line->count++) {
        const char *colon = memchr(at, ':', (size_t)(end - at));
        const char *stop = colon && line->count + 1 < FOREIGN_FIELDS ? colon : end;
        line->fields[line->count] = (struct span){ at, (size_t)(stop - at) };
        if (stop == end) {
            line->count++;
            break;
        }
        at = stop + 1;
    }
}

static bool is_clean(struct span field)
{
    for (size_t i = 0; i < field.length; i++) {
        if ((unsigned char)field.text[i] < ' ' || field.text[i] == 0x7f || field.text[i] == ':')
            return false;
    }
    return true;
}

/* The command line's ids and home count for all rows. */
static bool apply_options(const struct import *import, const struct foreign *line,
                          struct found *found, char home[HOME_ROOM])
{
    const struct request *request = import->request;
    char name[NAME_ROOM];
    if (request->uid)
        found->uid = span_of(request->uid);
    if (request->gid)
        found->gid = span_of(request->gid);
    if (found->gid.length == 0)
        found->gid = found->uid;
    if (request->home) {
        if (!text_format(name, sizeof name, "%.*s", (int)line->fields[0].length,
                         line->fields[0].text) ||
            !home_pattern_expand(request->home, name, home, HOME_ROOM))
            return false;
        found->home = span_of(home);
    }
    return true;
}

/* A hash that no password can match gives no row a use but its fields: it is locked. */
static void judge_hash(const struct foreign *line, struct found *found)
{
    const char *kind = hash_kind(found->hash);
    if (strcmp(kind, "unknown") == 0) {
        const struct span hash = found->hash;
        const bool argon = hash.length > 7 && memcmp(hash.text, "$argon2", 7) == 0;
        const bool apr = hash.length > 6 && memcmp(hash.text, "$apr1$", 6) == 0;
        import_note(line, "the hash does not come, as crypt(3) does not know %s: set a password",
                    argon                                ? "Argon2"
                    : apr                                ? "Apache's MD5"
                    : hash.length && hash.text[0] == '{' ? "its kind"
                                                         : "it");
        found->hash = span_of("*");
    } else if (strcmp(kind, "none") != 0 && hash_is_weak(found->hash)) {
        import_note(line, "the server refuses %s hashes, unless accept_hashes names them", kind);
    }
}

/* NULL, or why the row can't come. */
static const char *fault_of(const struct import *import, const struct foreign *line,
                            const struct found *found)
{
    uint64_t uid = 0, gid = 0;
    struct entry entry;
    const struct span name = line->fields[0];
    if (name.length == 0 || name.length >= NAME_ROOM || !is_clean(name) || name.text[0] == '#')
        return "the name is empty, too long, or has a control character";
    if (find_in(&import->file, name, &entry))
        return "the user file has a user of that name";
    if (!account_id(found->uid, &uid) || !account_id(found->gid, &gid))
        return "uid and gid are not numbers from 1 to 4294967294";
    if (uid < SERVER_MINIMUM_UID || gid == 0)
        return "the uid is below 500, or the gid is 0: an account of the system";
    if (found->home.length >= HOME_ROOM || (found->home.length && found->home.text[0] != '/'))
        return "the home is no absolute path";
    if (!is_clean(found->hash) || !is_clean(found->gecos) || !is_clean(found->home) ||
        !is_clean(found->shell))
        return "a field has a control character";
    return NULL;
}

static bool room_for(struct import *import, size_t n)
{
    if (import->length + n <= import->room)
        return true;
    const size_t room = 2 * (import->length + n);
    char *larger = malloc(room); /* not realloc(3), which would leave hashes behind */
    if (!larger)
        return false;
    if (import->lines) {
        memcpy(larger, import->lines, import->length);
        wipe(import->lines, import->room);
    }
    free(import->lines);
    import->lines = larger;
    import->room = room;
    return true;
}

static bool add(struct import *import, struct span text, char behind)
{
    if (!room_for(import, text.length + 1))
        return false;
    if (text.length)
        memcpy(import->lines + import->length, text.text, text.length);
    import->length += text.length;
    import->lines[import->length++] = behind;
    return true;
}

static bool add_row(struct import *import, struct span name, const struct found *found)
{
    const struct span shell = found->shell.length ? found->shell : span_of("/usr/sbin/nologin");
    import->taken++;
    return add(import, name, ':') && add(import, found->hash, ':') &&
           add(import, found->uid, ':') && add(import, found->gid, ':') &&
           add(import, found->gecos, ':') && add(import, found->home, ':') &&
           add(import, shell, '\n');
}

/* The rows that have been added count as well: a name may be in the source twice. */
static bool is_twice(const struct import *import, struct span name, const struct entry *until)
{
    struct entry entry;
    return find_in(&import->source, name, &entry) && entry.number != until->number;
}

/* False: no memory. */
static bool take(struct import *import, const struct entry *entry)
{
    struct foreign line = { .path = import->source.path, .number = entry->number };
    struct found found = { { "", 0 }, { "", 0 }, { "", 0 }, { "", 0 }, { "", 0 }, { "", 0 } };
    char home[HOME_ROOM];
    line_cut(&line, entry, import->source.bytes);
    if (line.count < import->format->least || line.count > import->format->most) {
        (void)import_leave(import, &line, "it has %zu fields, as no line of %s", line.count,
                           import->format->name);
        return true;
    }
    if (is_twice(import, line.fields[0], entry)) {
        (void)import_leave(import, &line, "the name is in a line before");
        return true;
    }
    if (!import->format->row(import, &line, &found))
        return true;
    if (!apply_options(import, &line, &found, home)) {
        (void)import_leave(import, &line, "the name cannot be part of the home's path");
        return true;
    }
    const char *fault = fault_of(import, &line, &found);
    if (fault) {
        (void)import_leave(import, &line, "%s", fault);
        return true;
    }
    judge_hash(&line, &found);
    return add_row(import, line.fields[0], &found);
}

/* ---- the file ---- */

static int take_all(struct import *import)
{
    struct entry entry = { 0 };
    while (file_next(&import->source, &entry)) {
        if (!take(import, &entry))
            return complain(EX_OSERR, "out of memory");
    }
    return 0;
}

static int append(struct import *import)
{
    struct user_file *file = &import->file;
    int code = 0;
    if (import->length == 0 || import->request->dry_run)
        return 0;
    if (file->length && file->bytes[file->length - 1] != '\n')
        code = file_splice(file, file->length, 0, "\n", 1);
    if (code == 0)
        code = file_splice(file, file->length, 0, import->lines, import->length);
    return code ? code : file_replace(file);
}

static int report(const struct import *import)
{
    const int said =
        printf("%zu users %s, %zu left out\n", import->taken,
               import->request->dry_run ? "would be imported" : "imported", import->left);
    return said < 0 || fflush(stdout) != 0 ? EX_IOERR : 0;
}

/* 0 or an exit code. */
static int import_run(struct import *import)
{
    const struct request *request = import->request;
    const bool is_shadow = strcmp(import->format->name, "shadow") == 0;
    const char *passwd = request->passwd ? request->passwd : is_shadow ? "/etc/passwd" : NULL;
    int code = file_read(&import->source, request->source, false);
    if (code == 0 && passwd)
        code = file_read(&import->passwd, passwd, false);
    if (code == 0)
        code = request->dry_run ? file_read(&import->file, request->file, true)
                                : file_open(&import->file, request->file, true);
    if (code == 0)
        code = take_all(import);
    if (code == 0)
        code = append(import);
    return code ? code : report(import);
}

static const struct format *format_find(const char *name)
{
    for (size_t i = 0; name && i < import_format_count; i++) {
        if (strcmp(import_formats[i].name, name) == 0)
            return &import_formats[i];
    }
    return NULL;
}

static int options_check(const struct request *request)
{
    uint64_t id;
    if (request->uid && !account_id(span_of(request->uid), &id))
        return complain(EX_USAGE, "%s: the uid must be a number", request->uid);
    if (request->gid && !account_id(span_of(request->gid), &id))
        return complain(EX_USAGE, "%s: the gid must be a number", request->gid);
    if (request->home && !home_pattern_is_valid(request->home))
        return complain(EX_USAGE,
                        "%s: the home must be an absolute path, with %%u once, or not, in place of "
                        "the name",
                        request->home);
    return 0;
}

int command_import(const struct request *request)
{
    struct import import = { .request = request, .format = format_find(request->from) };
    import.source.lock = import.passwd.lock = import.file.lock = -1;
    if (!import.format)
        return complain(EX_USAGE, "--from must be shadow, pureftpd, proftpd or htpasswd");
    int code = options_check(request);
    if (code == 0)
        code = import_run(&import);
    if (import.lines)
        wipe(import.lines, import.room);
    free(import.lines);
    file_close(&import.source);
    file_close(&import.passwd);
    file_close(&import.file);
    return code;
}
