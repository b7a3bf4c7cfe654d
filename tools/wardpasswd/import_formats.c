/* SPDX-License-Identifier: BSD-2-Clause */
/* import_formats.c - the files of shadow(5), Pure-FTPd (pure-pw), ProFTPD
 * (AuthUserFile) and htpasswd. */
#include "common/text.h"
#include "tools/wardpasswd/import.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

static bool is_digits(struct span field)
{
    for (size_t i = 0; i < field.length; i++) {
        if (field.text[i] < '0' || field.text[i] > '9')
            return false;
    }
    return field.length > 0;
}

static void take_account(const struct entry *account, struct found *found)
{
    found->uid = account->fields[FIELD_UID];
    found->gid = account->fields[FIELD_GID];
    found->gecos = account->fields[FIELD_GECOS];
    found->home = account->fields[FIELD_HOME];
    found->shell = account->fields[FIELD_SHELL];
}

/* "", "*", "!", "!!", "!*": nothing that a password could match, locked or not. */
static bool is_no_password(struct span hash)
{
    size_t marks = 0;
    while (marks < hash.length && hash.text[marks] == '!')
        marks++;
    return marks == hash.length || hash.text[marks] == '*';
}

/* name:hash:changed:least:most:warn:inactive:expires:flag.  An account without a password is one of
 * the system, which no one logs in as. */
static bool row_of_shadow(struct import *import, const struct foreign *line, struct found *found)
{
    const struct span hash = line->fields[1], expires = line->fields[7];
    struct entry account;
    uint64_t days;
    if (is_no_password(hash))
        return import_leave(import, line, "it has no password");
    if (!import_account(import, line->fields[0], &account))
        return import_leave(import, line, "the passwd file has no account of that name");
    take_account(&account, found);
    found->hash = hash;
    if (expires.length && number_parse_n(expires.text, expires.length, 0, 100000, &days)) {
        const time_t seconds = (time_t)(days * 86400);
        struct tm day;
        char text[16];
        if (gmtime_r(&seconds, &day) && strftime(text, sizeof text, "%Y-%m-%d", &day))
            import_note(line, "the account expires: set expires = %s in [user %.*s]", text,
                        (int)line->fields[0].length, line->fields[0].text);
    }
    return true;
}

/* Fields of pureftpd.passwd that have a key in [user NAME]. */
static const struct {
    size_t field;
    const char *what, *key;
} pure_limits[] = {
    { 6, "upload bandwidth", "user_rate_up" },
    { 7, "download bandwidth", "user_rate_down" },
    { 10, "number of connections", "max_sessions_per_user" },
    { 11, "files quota", "quota_files" },
    { 12, "size quota", "quota_bytes" },
    { 15, "client addresses", "allowed_addresses" },
};

/* ... and that have none like it. */
static const struct {
    size_t field;
    const char *what;
} pure_others[] = {
    { 8, "upload ratio" },       { 9, "download ratio" },
    { 13, "server addresses" },  { 14, "refused server addresses" },
    { 16, "refused addresses" }, { 17, "hours (set `hours`)" },
};

static bool says_something(struct span field)
{
    return field.length > 0 && !span_is(field, "0");
}

static void note_pure_limits(const struct foreign *line)
{
    const struct span name = line->fields[0];
    for (size_t i = 0; i < COUNT(pure_limits); i++) {
        const struct span field = line->fields[pure_limits[i].field];
        if (pure_limits[i].field < line->count && says_something(field))
            import_note(line, "%s: set %s = %.*s in [user %.*s]", pure_limits[i].what,
                        pure_limits[i].key, (int)field.length, field.text, (int)name.length,
                        name.text);
    }
    for (size_t i = 0; i < COUNT(pure_others); i++) {
        const struct span field = line->fields[pure_others[i].field];
        if (pure_others[i].field < line->count && says_something(field))
            import_note(line, "%s does not come: %.*s", pure_others[i].what, (int)field.length,
                        field.text);
    }
}

/* "/home/joe/./" is a root of /home/joe; what follows is where a session begins. */
static void cut_pure_home(const struct foreign *line, struct span *home)
{
    static const char mark[] = "/./";
    for (size_t i = 0; i + strlen(mark) <= home->length; i++) {
        if (memcmp(home->text + i, mark, strlen(mark)) != 0)
            continue;
        const size_t rest = home->length - i - strlen(mark);
        if (rest)
            import_note(line, "sessions begin in a directory: set start_directory = /%.*s",
                        (int)rest, home->text + i + strlen(mark));
        home->length = i ? i : 1;
        return;
    }
}

static bool row_of_pureftpd(struct import *import, const struct foreign *line, struct found *found)
{
    (void)import;
    found->hash = line->fields[1];
    found->uid = line->fields[2];
    found->gid = line->fields[3];
    found->gecos = line->fields[4];
    found->home = line->fields[5];
    cut_pure_home(line, &found->home);
    note_pure_limits(line);
    return true;
}

static bool row_of_proftpd(struct import *import, const struct foreign *line, struct found *found)
{
    (void)import;
    found->hash = line->fields[1];
    found->uid = line->fields[2];
    found->gid = line->fields[3];
    found->gecos = line->fields[4];
    found->home = line->fields[5];
    found->shell = line->fields[6];
    return true;
}

/* name:hash, and maybe more.  Ids come from -u and -g, or from the passwd file. */
static bool row_of_htpasswd(struct import *import, const struct foreign *line, struct found *found)
{
    struct entry account;
    if (import_account(import, line->fields[0], &account))
        take_account(&account, found);
    else if (!is_digits(import_option_uid(import)))
        return import_leave(import, line, "it has no uid (use -u UID, or --passwd FILE)");
    found->hash = line->fields[1];
    return true;
}

const struct format import_formats[] = {
    { "shadow", row_of_shadow, 8, 9 },
    { "pureftpd", row_of_pureftpd, 6, FOREIGN_FIELDS },
    { "proftpd", row_of_proftpd, 7, 7 },
    { "htpasswd", row_of_htpasswd, 2, FOREIGN_FIELDS },
};

const size_t import_format_count = COUNT(import_formats);
