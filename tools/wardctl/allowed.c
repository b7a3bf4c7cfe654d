/* SPDX-License-Identifier: BSD-2-Clause */
/* allowed.c - may a user do this to that path?  The policy is applied as NET and
 * JAIL do; the system is asked in a child that takes the user's ids and root. */
#include "common/list.h"
#include "common/path.h"
#include "common/text.h"
#include "daemon/protocol/auth_jail.h"
#include "tools/wardctl/explain.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

enum target { ON_FILE, ON_NEW_FILE, IN_PARENT, ON_DIRECTORY };

static const struct command_needs {
    const char *verb;
    uint32_t rights; /* one of them */
    const char *right;
    enum target target;
} commands[] = {
    { "RETR", RIGHT_DOWNLOAD, "download", ON_FILE },
    { "STOR", RIGHTS_STORE, "upload", ON_NEW_FILE },
    { "STOU", RIGHT_UPLOAD, "upload", ON_NEW_FILE },
    { "APPE", RIGHT_UPLOAD | RIGHT_APPEND, "append", ON_NEW_FILE },
    { "DELE", RIGHT_DELETE, "delete", IN_PARENT },
    { "RNFR", RIGHT_RENAME, "rename", IN_PARENT },
    { "RNTO", RIGHT_RENAME, "rename", IN_PARENT },
    { "MKD", RIGHT_MKDIR, "mkdir", IN_PARENT },
    { "RMD", RIGHT_RMDIR, "rmdir", IN_PARENT },
    { "LIST", RIGHT_LIST, "list", ON_DIRECTORY },
    { "NLST", RIGHT_LIST, "list", ON_DIRECTORY },
    { "MLSD", RIGHT_LIST, "list", ON_DIRECTORY },
    { "CWD", 0, "", ON_DIRECTORY },
};

static const struct command_needs *find(const char *verb)
{
    for (size_t i = 0; i < COUNT(commands); i++) {
        if (strcasecmp(commands[i].verb, verb) == 0)
            return &commands[i];
    }
    return NULL;
}

static uint32_t rights_of(const struct policy *policy)
{
    uint32_t rights = policy->rights;
    if (policy->read_only)
        rights &= RIGHTS_READ;
    if (policy->dropbox)
        rights &= RIGHT_UPLOAD;
    return rights;
}

/* True: a pattern of deny matches this part of the path. */
static bool is_denied(const struct policy *policy, const char *path, char part[256])
{
    while (*path) {
        path += strspn(path, "/");
        const size_t n = strcspn(path, "/");
        if (n > 0 && text_format(part, 256, "%.*s", (int)n, path) &&
            list_matches(policy->deny, part))
            return true;
        path += n;
    }
    return false;
}

/* What the policy has against it, into why; false: nothing. */
static bool is_forbidden(const struct policy *policy, const struct command_needs *needs,
                         const char *path, char why[400])
{
    char part[256];
    if (list_has(policy->denied_commands, needs->verb))
        return text_format(why, 400, "denied_commands names %s", needs->verb);
    if (*policy->allowed_commands && !list_has(policy->allowed_commands, needs->verb))
        return text_format(why, 400, "allowed_commands does not name %s", needs->verb);
    if (needs->rights && !(rights_of(policy) & needs->rights))
        return text_format(why, 400, "%s",
                           policy->read_only ? "read_only = yes"
                           : policy->dropbox ? "dropbox = yes"
                                             : "rights lacks it");
    if (is_denied(policy, path, part))
        return text_format(why, 400, "a pattern of deny matches %s", part);
    return false;
}

/* ---- the system ---- */

static int error_in_parent(const char *path, int mode)
{
    char parent[4096];
    char *slash = text_copy(parent, sizeof parent, path) ? strrchr(parent, '/') : NULL;
    if (!slash)
        return ENAMETOOLONG;
    slash[slash == parent] = '\0';
    return access(parent, mode) == 0 ? 0 : errno;
}

static int error_of(enum target target, const char *path)
{
    switch (target) {
    case ON_FILE:
        return access(path, R_OK) == 0 ? 0 : errno;
    case ON_NEW_FILE:
        if (access(path, F_OK) == 0)
            return access(path, W_OK) == 0 ? 0 : errno;
        return error_in_parent(path, W_OK | X_OK);
    case IN_PARENT:
        return error_in_parent(path, W_OK | X_OK);
    default:
        return access(path, R_OK | X_OK) == 0 ? 0 : errno;
    }
}

/* Never as root.  Supplementary groups are in auth's lines. */
static bool become(const struct control_answer *user, const char *home)
{
    gid_t groups[GROUPS_MAX];
    size_t count = 0;
    const uid_t uid = (uid_t)user->numbers[EXPLAINED_UID];
    const gid_t gid = (gid_t)user->numbers[EXPLAINED_GID];
    const char *at = user->text;
    while (count < GROUPS_MAX && (at = strstr(at, "supplementary group ")) != NULL) {
        uint64_t number;
        at += strlen("supplementary group ");
        if (number_parse_n(at, strspn(at, "0123456789"), 1, UINT32_MAX - 1, &number))
            groups[count++] = (gid_t)number;
    }
    return uid != 0 && gid != 0 && setgroups(count, groups) == 0 && setresgid(gid, gid, gid) == 0 &&
           seteuid(uid) == 0 && chdir(home) == 0 && seteuid(0) == 0 && chroot(".") == 0 &&
           setresuid(uid, uid, uid) == 0;
}

/* An errno; a home on a mount that is dead gives none within five seconds. */
static int ask_system(const struct control_answer *user, const char *home, enum target target,
                      const char *path)
{
    enum { SECONDS = 5 };
    int status = 0;
    const pid_t pid = fork();
    if (pid == 0) {
        (void)alarm(SECONDS);
        _exit(become(user, home) ? error_of(target, path) : errno ? errno : EIO);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return EAGAIN;
    return WIFEXITED(status) ? WEXITSTATUS(status) : ETIMEDOUT;
}

void explain_command(const struct policy *policy, const struct control_answer *user,
                     const char *home, const char *verb, const char *path)
{
    const struct command_needs *needs = find(verb);
    char why[400], whole[4096];
    if (!needs) {
        (void)complain(
            0, "%s: explain knows RETR STOR STOU APPE DELE RNFR RNTO MKD RMD LIST NLST MLSD CWD",
            verb);
        return;
    }
    if (!path_join(policy->start_directory, path, whole, sizeof whole)) {
        (void)complain(0, "%s is not a path", path);
        return;
    }
    if (is_forbidden(policy, needs, whole, why)) {
        (void)printf("%s %s: refused: %s\n", needs->verb, whole, why);
        return;
    }
    const int error = *home ? ask_system(user, home, needs->target, whole) : ENOENT;
    if (error)
        (void)printf("%s %s: refused by the system: %s\n", needs->verb, whole, strerror(error));
    else
        (void)printf("%s %s: allowed\n", needs->verb, whole);
}
