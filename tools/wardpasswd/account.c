/* SPDX-License-Identifier: BSD-2-Clause */
/* account.c - the fields of a new entry. */
#include "tools/wardpasswd/account.h"

#include "common/text.h"
#include "daemon/config/config.h"
#include "daemon/protocol/message.h"
#include "tools/wardpasswd/complain.h"

#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

enum { SERVER_MINIMUM_UID = 500 }; /* minimum_uid's default */

#define ID_MAX ((uint64_t)0xfffffffe) /* the next is setresuid's "leave it" */

/* Refuses bytes that would end the field or the line, here or in a log. */
static int field_check(const char *what, const char *text, size_t most)
{
    if (strlen(text) > most)
        return complain(EX_USAGE, "the %s is longer than %zu bytes", what, most);
    for (; *text; text++) {
        if (*text == ':')
            return complain(
                EX_USAGE,
                "the %s must not contain a colon, which separates the fields of the user file",
                what);
        if ((unsigned char)*text < 32 || *text == 127)
            return complain(EX_USAGE, "the %s must not contain control characters", what);
    }
    return 0;
}

int account_name_check(const char *name)
{
    if (!*name)
        return complain(EX_USAGE, "the name is empty");
    if (*name == '#')
        return complain(EX_USAGE, "a name must not begin with '#', which starts a comment");
    if (strspn(name, " ") == strlen(name))
        return complain(EX_USAGE, "a name must not consist of spaces only");
    return field_check("name", name, NAME_ROOM - 1);
}

static int id_parse(const char *what, const char *text, uint64_t *id)
{
    if (!number_parse(text, 0, ID_MAX, id))
        return complain(EX_USAGE, "%s: the %s must be a number from 1 to %" PRIu64, text, what,
                        ID_MAX);
    if (*id == 0)
        return complain(EX_USAGE, "the %s must not be 0: the server refuses root", what);
    return 0;
}

/* The uid of -u, or of the system account. */
static int uid_find(const struct request *request, const struct passwd *account, uint64_t *uid)
{
    if (request->uid)
        return id_parse("uid", request->uid, uid);
    if (!account)
        return complain(EX_USAGE, "there is no system account %s to take the uid from (use -u UID)",
                        request->name);
    *uid = account->pw_uid;
    return *uid ? 0 : complain(EX_USAGE, "the uid must not be 0: the server refuses root");
}

/* -g, or the group of the account, or (a uid without account) the group of the same number. */
static int gid_find(const struct request *request, const struct passwd *account, uint64_t uid,
                    uint64_t *gid)
{
    if (request->gid)
        return id_parse("gid", request->gid, gid);
    *gid = account ? account->pw_gid : uid;
    return *gid ? 0 : complain(EX_USAGE, "the gid must not be 0 (use -g GID)");
}

/* The server refuses users whose gid belongs to one of them. */
static void gid_warn(uint64_t gid)
{
    char names[] = FORBIDDEN_GROUPS_DEFAULT, *rest = NULL;
    for (const char *name = strtok_r(names, ", ", &rest); name;
         name = strtok_r(NULL, ", ", &rest)) {
        const struct group *group = getgrnam(name);
        if (group && group->gr_gid == gid)
            (void)complain(0,
                           "warning: gid %" PRIu64
                           " belongs to %s, one of the server's default forbidden_groups",
                           gid, name);
    }
}

/* An empty one is that of the pattern `home` in wardftpd.conf. */
static int home_check(const char *home, bool to_be_made)
{
    struct stat seen;
    if (!home)
        return complain(EX_USAGE, "there is no system account to take the home from (use -d HOME)");
    if (!*home)
        return 0;
    if (home[0] != '/')
        return complain(EX_USAGE, "%s: the home must be an absolute path", home);
    const int code = field_check("home", home, HOME_ROOM - 1);
    if (code == 0 && !to_be_made && (stat(home, &seen) != 0 || !S_ISDIR(seen.st_mode)))
        (void)complain(0, "warning: %s does not exist (--create-home makes it)", home);
    return code;
}

struct fields {
    uint64_t uid, gid;
    const char *gecos, *home, *shell;
};

static int tail_format(const struct request *request, const struct fields *fields, char *tail,
                       size_t room)
{
    int code = home_check(fields->home, request->create_home);
    if (code == 0)
        code = field_check("gecos", fields->gecos, 1024);
    if (code == 0)
        code = field_check("shell", fields->shell, 1024);
    if (code)
        return code;
    if (fields->uid < SERVER_MINIMUM_UID)
        (void)complain(0, "warning: uid %" PRIu64 " is below %d, the server's default minimum_uid",
                       fields->uid, SERVER_MINIMUM_UID);
    gid_warn(fields->gid);
    if (!text_format(tail, room, "%" PRIu64 ":%" PRIu64 ":%s:%s:%s", fields->uid, fields->gid,
                     fields->gecos, fields->home, fields->shell))
        return complain(EX_USAGE, "the fields are too long");
    return 0;
}

int account_tail(const struct request *request, char *tail, size_t room)
{
    struct fields fields = { .gecos = request->gecos ? request->gecos : "",
                             .shell = request->shell ? request->shell : "/usr/sbin/nologin" };

    const struct passwd *account = getpwnam(request->name);
    int code = uid_find(request, account, &fields.uid);
    /* With -u, defaults come from the account that has the uid, whatever its name. */
    if (code == 0 && request->uid)
        account = getpwuid((uid_t)fields.uid);
    if (code == 0)
        code = gid_find(request, account, fields.uid, &fields.gid);
    fields.home = request->home ? request->home : account ? account->pw_dir : NULL;
    return code ? code : tail_format(request, &fields, tail, room);
}

bool account_id(struct span field, uint64_t *id)
{
    return number_parse_n(field.text, field.length, 0, ID_MAX, id);
}

/* The option, or the field's own text, in room bytes. */
static const char *text_of(const char *option, struct span field, char *to, size_t room)
{
    if (option)
        return option;
    return text_format(to, room, "%.*s", (int)field.length, field.text) ? to : NULL;
}

static int id_of(const char *what, const char *option, struct span field, uint64_t *id)
{
    if (option)
        return id_parse(what, option, id);
    if (account_id(field, id) && *id != 0)
        return 0;
    return complain(EX_DATAERR, "the %s in the file is not a number from 1 to %" PRIu64, what,
                    ID_MAX);
}

int account_tail_changed(const struct request *request, const struct entry *entry, char *tail,
                         size_t room)
{
    char gecos[2048], home[HOME_ROOM], shell[2048];
    const struct span *old = entry->fields;
    struct fields fields = {
        .gecos = text_of(request->gecos, old[FIELD_GECOS], gecos, sizeof gecos),
        .home = text_of(request->home, old[FIELD_HOME], home, sizeof home),
        .shell = text_of(request->shell, old[FIELD_SHELL], shell, sizeof shell),
    };
    if (!fields.gecos || !fields.home || !fields.shell)
        return complain(EX_DATAERR, "a field in the file is too long");
    int code = id_of("uid", request->uid, old[FIELD_UID], &fields.uid);
    if (code == 0)
        code = id_of("gid", request->gid, old[FIELD_GID], &fields.gid);
    return code ? code : tail_format(request, &fields, tail, room);
}

/* Slashes at its end name the same directory. */
static size_t home_length(const char *home, size_t length)
{
    while (length > 1 && home[length - 1] == '/')
        length--;
    return length;
}

static bool is_same_home(struct span home, const char *other)
{
    const size_t n = home_length(home.text, home.length);
    return *other && n == home_length(other, strlen(other)) && memcmp(home.text, other, n) == 0;
}

int account_is_alone(const struct user_file *file, const char *name, uint64_t uid, const char *home)
{
    struct entry entry = { 0 };
    while (file_next(file, &entry)) {
        const struct span owner = entry.fields[FIELD_NAME];
        uint64_t other = 0;
        if (!entry.whole || span_is(owner, name))
            continue;
        if (uid && account_id(entry.fields[FIELD_UID], &other) && other == uid)
            return complain(EX_CANTCREAT,
                            "%s:%zu: uid %" PRIu64 " is that of %.*s, who could use the same files "
                            "(--force shares it)",
                            file->path, entry.number, uid, (int)owner.length, owner.text);
        if (is_same_home(entry.fields[FIELD_HOME], home))
            return complain(EX_CANTCREAT, "%s:%zu: %s is the home of %.*s (--force shares it)",
                            file->path, entry.number, home, (int)owner.length, owner.text);
    }
    return 0;
}
