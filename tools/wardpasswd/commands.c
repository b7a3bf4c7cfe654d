/* SPDX-License-Identifier: BSD-2-Clause */
/* commands.c - the commands that change or check one entry.  The lock is held
 * only while the file is edited, never while someone types a password. */
#include "tools/wardpasswd/commands.h"

#include "common/text.h"
#include "tools/wardpasswd/account.h"
#include "tools/wardpasswd/complain.h"
#include "tools/wardpasswd/file.h"
#include "tools/wardpasswd/hash.h"
#include "tools/wardpasswd/home.h"
#include "tools/wardpasswd/prompt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A generated one is printed, once it is the user's. */
static int password_get(const struct request *request, bool twice, char password[PASSWORD_ROOM])
{
    if (request->generate)
        return password_generate(password);
    if (request->from_input)
        return password_from_input(password);
    return password_from_terminal(request->name, twice, password);
}

/* Asks for a new password. */
static int hash_get(const struct request *request, char hash[HASH_ROOM],
                    char password[PASSWORD_ROOM])
{
    const int code = password_get(request, true, password);
    return code ? code : hash_make(request->method, password, hash);
}

/* Wipes the password. */
static int password_show(const struct request *request, int code, char password[PASSWORD_ROOM])
{
    if (code == 0 && request->generate && (puts(password) < 0 || fflush(stdout) != 0))
        code = complain(EX_IOERR, "the password was set, but cannot be printed");
    wipe(password, PASSWORD_ROOM);
    return code;
}

/* Checks that the user exists before asking for a password. */
static int user_exists(const struct request *request)
{
    struct user_file file;
    struct entry entry;
    int code = file_read(&file, request->file, false);
    if (code == 0)
        code = file_find(&file, request->name, &entry);
    file_close(&file);
    return code;
}

/* Puts text in place of the first `cut` bytes of the user's hash (SIZE_MAX: of all), and replaces
 * the file. */
static int hash_edit(struct user_file *file, const struct entry *entry, size_t cut,
                     const char *text)
{
    const struct span hash = entry->fields[FIELD_HASH];
    const size_t at = (size_t)(hash.text - file->bytes);
    const int code =
        file_splice(file, at, cut < hash.length ? cut : hash.length, text, strlen(text));
    return code ? code : file_replace(file);
}

/* A change of the password keeps a lock. */
static int hash_put(const struct request *request, const char *hash)
{
    struct user_file file;
    struct entry entry;
    char locked[HASH_ROOM + 1];
    int code = file_open(&file, request->file, false);
    if (code == 0)
        code = file_find(&file, request->name, &entry);
    if (code == 0) {
        const bool is_locked = hash_is_locked(entry.fields[FIELD_HASH]);
        (void)text_format(locked, sizeof locked, "%s%s", is_locked ? "!" : "", hash);
        code = hash_edit(&file, &entry, SIZE_MAX, locked);
        if (code == 0 && is_locked)
            (void)complain(0, "%s is still locked (use wardpasswd unlock)", request->name);
        wipe(locked, sizeof locked);
    }
    file_close(&file);
    return code;
}

int command_passwd(const struct request *request)
{
    char hash[HASH_ROOM], password[PASSWORD_ROOM] = { 0 };
    int code = user_exists(request);
    if (code == 0)
        code = hash_get(request, hash, password);
    if (code == 0)
        code = hash_put(request, hash);
    wipe(hash, sizeof hash);
    return password_show(request, code, password);
}

/* Deletes all lines of that name, malformed ones, too. */
int command_delete(const struct request *request)
{
    struct user_file file;
    struct entry entry = { 0 };
    size_t gone = 0;
    int code = file_open(&file, request->file, false);
    while (code == 0 && file_next(&file, &entry)) {
        if (!span_is(entry.fields[FIELD_NAME], request->name))
            continue;
        code = file_splice(&file, entry.at, entry.length, NULL, 0);
        entry.length = 0; /* go on where the line was */
        gone++;
    }
    if (code == 0 && gone == 0)
        code = complain(EX_NOUSER, "%s: no such user: %s", file.path, request->name);
    if (code == 0)
        code = file_replace(&file);
    file_close(&file);
    return code;
}

int command_lock(const struct request *request)
{
    struct user_file file;
    struct entry entry;
    int code = file_open(&file, request->file, false);
    if (code == 0)
        code = file_find(&file, request->name, &entry);
    if (code == 0 && !hash_is_locked(entry.fields[FIELD_HASH]))
        code = hash_edit(&file, &entry, 0, "!");
    file_close(&file);
    return code;
}

static int unlock(struct user_file *file, const struct entry *entry, const char *name)
{
    const struct span hash = entry->fields[FIELD_HASH];
    size_t marks = 0;
    while (marks < hash.length && hash.text[marks] == '!')
        marks++;
    if (marks == hash.length || hash.text[marks] == '*')
        return complain(EX_DATAERR, "%s has no password (use wardpasswd passwd)", name);
    return marks ? hash_edit(file, entry, marks, "") : 0;
}

int command_unlock(const struct request *request)
{
    struct user_file file;
    struct entry entry;
    int code = file_open(&file, request->file, false);
    if (code == 0)
        code = file_find(&file, request->name, &entry);
    if (code == 0)
        code = unlock(&file, &entry, request->name);
    file_close(&file);
    return code;
}

static int verify(const struct span hash, const char *password, const char *name)
{
    if (hash_is_locked(hash))
        return complain(1, "%s is locked", name);
    if (!hash_matches(hash, password))
        return complain(1, "wrong password for %s", name);
    if (hash_is_weak(hash))
        return complain(1, "the password is correct, but the server does not accept %s hashes",
                        hash_kind(hash));
    return puts("ok") < 0 || fflush(stdout) != 0 ? EX_IOERR : 0;
}

int command_verify(const struct request *request)
{
    struct user_file file;
    struct entry entry;
    char password[PASSWORD_ROOM] = { 0 };
    int code = file_read(&file, request->file, false);
    if (code == 0)
        code = file_find(&file, request->name, &entry);
    if (code == 0)
        code = password_get(request, false, password);
    if (code == 0)
        code = verify(entry.fields[FIELD_HASH], password, request->name);
    wipe(password, sizeof password);
    file_close(&file);
    return code;
}

/* "uid:gid:gecos:home:shell", as account_tail made it, in parts. */
struct tail {
    char text[12288];
    uint64_t uid, gid;
    const char *home;
};

static bool tail_cut(const char *text, struct tail *tail)
{
    char *rest = tail->text;
    if (!text_copy(tail->text, sizeof tail->text, text))
        return false;
    const char *uid = strsep(&rest, ":"), *gid = strsep(&rest, ":");
    (void)strsep(&rest, ":");
    tail->home = strsep(&rest, ":");
    return gid && tail->home && number_parse(uid, 1, UINT32_MAX, &tail->uid) &&
           number_parse(gid, 1, UINT32_MAX, &tail->gid);
}

/* Of a user that is there only what the command line gives: a uid that was shared may stay so. */
static int tail_is_alone(const struct user_file *file, const struct request *request,
                         const char *text, bool is_new)
{
    struct tail tail;
    if (request->force || !tail_cut(text, &tail))
        return 0;
    return account_is_alone(file, request->name, is_new || request->uid ? tail.uid : 0,
                            is_new || request->home ? tail.home : "");
}

static int home_of_tail(const struct request *request, const char *text)
{
    struct tail tail;
    if (!tail_cut(text, &tail) || !*tail.home)
        return complain(EX_USAGE, "%s has no home in the user file to create", request->name);
    return home_create(tail.home, (uid_t)tail.uid, (gid_t)tail.gid,
                       request->skeleton ? request->skeleton : "");
}

static int name_is_free(struct user_file *file, const char *name)
{
    struct entry entry = { 0 };
    while (file_next(file, &entry)) {
        if (span_is(entry.fields[FIELD_NAME], name))
            return complain(EX_CANTCREAT, "%s:%zu: user %s exists already", file->path,
                            entry.number, name);
    }
    return 0;
}

/* Adds a line; tail is what follows the hash. */
static int line_add(const struct request *request, const char *hash, const char *tail)
{
    struct user_file file;
    char line[16384];
    int code = file_open(&file, request->file, true);
    if (code == 0)
        code = name_is_free(&file, request->name);
    if (code == 0 && !text_format(line, sizeof line, "%s:%s:%s", request->name, hash, tail))
        code = complain(EX_USAGE, "the fields are too long");
    if (code == 0)
        code = file_append(&file, line);
    if (code == 0)
        code = file_replace(&file);
    wipe(line, sizeof line);
    file_close(&file);
    return code;
}

static int user_is_new(const struct request *request, const char *tail)
{
    struct user_file file;
    int code = file_read(&file, request->file, true);
    if (code == 0)
        code = name_is_free(&file, request->name);
    if (code == 0)
        code = tail_is_alone(&file, request, tail, true);
    file_close(&file);
    return code;
}

int command_add(const struct request *request)
{
    char tail[12288], hash[HASH_ROOM], password[PASSWORD_ROOM] = { 0 };
    int code = account_tail(request, tail, sizeof tail);
    if (code == 0)
        code = user_is_new(request, tail);
    if (code == 0)
        code = hash_get(request, hash, password);
    if (code == 0)
        code = line_add(request, hash, tail);
    wipe(hash, sizeof hash);
    code = password_show(request, code, password);
    return code || !request->create_home ? code : home_of_tail(request, tail);
}

/* Replaces what follows the hash. */
static int tail_put(struct user_file *file, const struct entry *entry, const char *tail)
{
    const struct span hash = entry->fields[FIELD_HASH], shell = entry->fields[FIELD_SHELL];
    const size_t at = (size_t)(hash.text + hash.length - file->bytes) + 1;
    const size_t end = (size_t)(shell.text + shell.length - file->bytes);
    const int code = file_splice(file, at, end - at, tail, strlen(tail));
    return code ? code : file_replace(file);
}

static void warn_of_files(const struct request *request, const struct entry *entry)
{
    const struct span uid = entry->fields[FIELD_UID], home = entry->fields[FIELD_HOME];
    if (request->uid && !span_is(uid, request->uid))
        (void)complain(0, "the files in %.*s still belong to uid %.*s", (int)home.length, home.text,
                       (int)uid.length, uid.text);
}

int command_change(const struct request *request)
{
    struct user_file file;
    struct entry entry;
    char tail[12288];
    const bool changes =
        request->uid || request->gid || request->home || request->gecos || request->shell;
    if (!changes && !request->create_home)
        return complain(EX_USAGE, "nothing to change (use -u, -g, -d, -c, -s or --create-home)");
    int code = file_open(&file, request->file, false);
    if (code == 0)
        code = file_find(&file, request->name, &entry);
    if (code == 0)
        code = account_tail_changed(request, &entry, tail, sizeof tail);
    if (code == 0)
        code = tail_is_alone(&file, request, tail, false);
    if (code == 0)
        warn_of_files(request, &entry);
    if (code == 0 && changes)
        code = tail_put(&file, &entry, tail);
    file_close(&file);
    return code || !request->create_home ? code : home_of_tail(request, tail);
}
