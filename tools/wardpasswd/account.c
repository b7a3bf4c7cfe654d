/* SPDX-License-Identifier: BSD-2-Clause */
/* account.c - the fields of a new entry. */
#include "tools/wardpasswd/account.h"

#include "common/text.h"
#include "daemon/protocol/message.h"
#include "daemon/config/config.h"
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

static int home_check(const char *home)
{
    struct stat seen;
    if (!home)
        return complain(EX_USAGE, "there is no system account to take the home from (use -d HOME)");
    if (home[0] != '/')
        return complain(EX_USAGE, "%s: the home must be an absolute path", home);
    const int code = field_check("home", home, HOME_ROOM - 1);
    if (code == 0 && (stat(home, &seen) != 0 || !S_ISDIR(seen.st_mode)))
        (void)complain(0, "warning: %s does not exist; the server does not create it", home);
    return code;
}

int account_tail(const struct request *request, char *tail, size_t room)
{
    static const char no_shell[] = "/usr/sbin/nologin";
    const char *gecos = request->gecos ? request->gecos : "";
    const char *shell = request->shell ? request->shell : no_shell;
    uint64_t uid = 0, gid = 0;

    const struct passwd *account = getpwnam(request->name);
    int code = uid_find(request, account, &uid);
    /* With -u, defaults come from the account that has the uid, whatever its name. */
    if (code == 0 && request->uid)
        account = getpwuid((uid_t)uid);
    if (code == 0)
        code = gid_find(request, account, uid, &gid);
    const char *home = request->home ? request->home : account ? account->pw_dir : NULL;
    if (code == 0)
        code = home_check(home);
    if (code == 0)
        code = field_check("gecos", gecos, 1024);
    if (code == 0)
        code = field_check("shell", shell, 1024);
    if (code)
        return code;
    if (uid < SERVER_MINIMUM_UID)
        (void)complain(0, "warning: uid %" PRIu64 " is below %d, the server's default minimum_uid",
                       uid, SERVER_MINIMUM_UID);
    gid_warn(gid);
    if (!text_format(tail, room, "%" PRIu64 ":%" PRIu64 ":%s:%s:%s", uid, gid, gecos, home, shell))
        return complain(EX_USAGE, "the fields are too long");
    return 0;
}
