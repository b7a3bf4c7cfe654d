/* SPDX-License-Identifier: BSD-2-Clause */
/* allowed.c - runs in NET, without privilege. */
#include "daemon/net/allowed.h"

#include "common/text.h"
#include "daemon/protocol/auth_jail.h"

#include <string.h>

/* The user needs one of the rights. */
static const struct {
    const char *verb;
    uint32_t rights;
    const char *refusal;
} needs[] = {
    { "RETR", RIGHT_DOWNLOAD, "You may not download files" },
    { "HASH", RIGHT_DOWNLOAD, "You may not download files" },
    { "XCRC", RIGHT_DOWNLOAD, "You may not download files" },
    { "XMD5", RIGHT_DOWNLOAD, "You may not download files" },
    { "XSHA", RIGHT_DOWNLOAD, "You may not download files" },
    { "XSHA1", RIGHT_DOWNLOAD, "You may not download files" },
    { "XSHA256", RIGHT_DOWNLOAD, "You may not download files" },
    { "XSHA512", RIGHT_DOWNLOAD, "You may not download files" },
    { "STOR", RIGHT_UPLOAD | RIGHT_OVERWRITE | RIGHT_APPEND, "You may not upload files" },
    { "STOU", RIGHT_UPLOAD, "You may not upload files" },
    { "APPE", RIGHT_UPLOAD | RIGHT_APPEND, "You may not append to files" },
    { "DELE", RIGHT_DELETE, "You may not delete files" },
    { "RNFR", RIGHT_RENAME, "You may not rename files" },
    { "RNTO", RIGHT_RENAME, "You may not rename files" },
    { "MKD", RIGHT_MKDIR, "You may not create directories" },
    { "XMKD", RIGHT_MKDIR, "You may not create directories" },
    { "RMD", RIGHT_RMDIR, "You may not remove directories" },
    { "XRMD", RIGHT_RMDIR, "You may not remove directories" },
    { "LIST", RIGHT_LIST, "You may not list directories" },
    { "NLST", RIGHT_LIST, "You may not list directories" },
    { "MLSD", RIGHT_LIST, "You may not list directories" },
    { "MLST", RIGHT_LIST, "You may not list directories" },
    { "MFMT", RIGHT_CHMOD, "You may not change times and modes" },
    { "MFF", RIGHT_CHMOD, "You may not change times and modes" },
    { "SITE CHMOD", RIGHT_CHMOD, "You may not change times and modes" },
    { "SITE UTIME", RIGHT_CHMOD, "You may not change times and modes" },
};

/* An entry "SITE" or "OPTS" means all commands that begin with it. */
static bool is_listed(const char *list, const char *verb)
{
    char first[LIST_WORD_ROOM];
    const size_t n = strcspn(verb, " ");
    (void)text_format(first, sizeof first, "%.*s", (int)n, verb);
    return list_has(list, verb) || list_has(list, first);
}

static const char *rights_refusal(const struct session *s, const char *verb)
{
    for (size_t i = 0; i < COUNT(needs); i++) {
        if (strcmp(needs[i].verb, verb) == 0 && !(needs[i].rights & s->policy.rights))
            return needs[i].refusal;
    }
    return NULL;
}

bool command_is_disabled(const struct session *s, const char *verb)
{
    return (*s->policy.denied_commands && is_listed(s->policy.denied_commands, verb)) ||
           (*s->policy.allowed_commands && !is_listed(s->policy.allowed_commands, verb));
}

const char *command_refusal(const struct session *s, const char *verb)
{
    if (!s->logged_in || strcmp(verb, "QUIT") == 0)
        return NULL;
    if (command_is_disabled(s, verb))
        return "This command is disabled for you";
    return rights_refusal(s, verb);
}

/* A letter promises that one of the first verbs is permitted; if there are second verbs, one of
 * them as well. */
static const struct {
    uint32_t bit;
    const char *one_of[4], *and_one_of[1];
} letters[] = {
    { PERM_BIT('a'), { "APPE" }, { NULL } },
    { PERM_BIT('c'), { "STOR", "STOU", "APPE" }, { NULL } },
    { PERM_BIT('d'), { "DELE" }, { NULL } },
    { PERM_RMD, { "RMD", "XRMD" }, { NULL } },
    { PERM_BIT('e'), { "CWD", "XCWD" }, { NULL } },
    { PERM_BIT('f'), { "RNFR" }, { "RNTO" } },
    { PERM_BIT('l'), { "LIST", "NLST", "MLSD" }, { NULL } },
    { PERM_BIT('m'), { "MKD", "XMKD" }, { NULL } },
    { PERM_BIT('p'), { "DELE", "RMD", "XRMD" }, { NULL } },
    { PERM_BIT('r'), { "RETR" }, { NULL } },
    { PERM_BIT('w'), { "STOR" }, { NULL } },
};

static bool may_give(const struct session *s, const char *const *verbs, size_t n)
{
    for (size_t i = 0; i < n && verbs[i]; i++) {
        if (!command_refusal(s, verbs[i]))
            return true;
    }
    return !verbs[0];
}

uint32_t perm_bits_refused(const struct session *s)
{
    uint32_t refused = 0;
    if (!*s->policy.denied_commands && !*s->policy.allowed_commands)
        return 0;
    for (size_t i = 0; i < COUNT(letters); i++) {
        if (!may_give(s, letters[i].one_of, COUNT(letters[i].one_of)) ||
            !may_give(s, letters[i].and_one_of, COUNT(letters[i].and_one_of)))
            refused |= letters[i].bit;
    }
    return refused;
}
