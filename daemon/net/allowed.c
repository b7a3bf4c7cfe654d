/* allowed.c - runs in NET, without privilege. */
#include "daemon/net/allowed.h"

#include "common/text.h"
#include "daemon/protocol/auth_jail.h"

#include <string.h>

/* By handler, as several verbs share one; the user needs one of the rights. */
static const struct {
    command_handler *run;
    uint32_t rights;
    const char *refusal;
} needs[] = {
    { cmd_retr, RIGHT_DOWNLOAD, "You may not download files" },
    { cmd_hash, RIGHT_DOWNLOAD, "You may not download files" },
    { cmd_xcrc, RIGHT_DOWNLOAD, "You may not download files" },
    { cmd_xmd5, RIGHT_DOWNLOAD, "You may not download files" },
    { cmd_xsha1, RIGHT_DOWNLOAD, "You may not download files" },
    { cmd_xsha256, RIGHT_DOWNLOAD, "You may not download files" },
    { cmd_xsha512, RIGHT_DOWNLOAD, "You may not download files" },
    { cmd_stor, RIGHT_UPLOAD | RIGHT_OVERWRITE | RIGHT_APPEND, "You may not upload files" },
    { cmd_stou, RIGHT_UPLOAD, "You may not upload files" },
    { cmd_appe, RIGHT_UPLOAD | RIGHT_APPEND, "You may not append to files" },
    { cmd_dele, RIGHT_DELETE, "You may not delete files" },
    { cmd_rnfr, RIGHT_RENAME, "You may not rename" },
    { cmd_rnto, RIGHT_RENAME, "You may not rename" },
    { cmd_mkd, RIGHT_MKDIR, "You may not make directories" },
    { cmd_rmd, RIGHT_RMDIR, "You may not remove directories" },
    { cmd_list, RIGHT_LIST, "You may not list directories" },
    { cmd_nlst, RIGHT_LIST, "You may not list directories" },
    { cmd_mlsd, RIGHT_LIST, "You may not list directories" },
    { cmd_mlst, RIGHT_LIST, "You may not list directories" },
    { cmd_mfmt, RIGHT_CHMOD, "You may not change times and modes" },
    { cmd_mff, RIGHT_CHMOD, "You may not change times and modes" },
    { cmd_site_chmod, RIGHT_CHMOD, "You may not change times and modes" },
    { cmd_site_utime, RIGHT_CHMOD, "You may not change times and modes" },
};

/* "SITE" and "OPTS" stand for all of theirs. */
static bool is_listed(const char *list, const char *verb)
{
    char first[LIST_WORD_ROOM];
    const size_t n = strcspn(verb, " ");
    (void)text_format(first, sizeof first, "%.*s", (int)n, verb);
    return list_has(list, verb) || list_has(list, first);
}

static const char *rights_refusal(const struct session *s, const struct command *command)
{
    for (size_t i = 0; i < COUNT(needs); i++) {
        if (needs[i].run == command->run && !(needs[i].rights & s->policy.rights))
            return needs[i].refusal;
    }
    return NULL;
}

const char *command_refusal(const struct session *s, const struct command *command)
{
    static const char disabled[] = "This command is disabled for you";
    if (!s->logged_in || command->run == cmd_quit)
        return NULL;
    if (*s->policy.denied_commands && is_listed(s->policy.denied_commands, command->verb))
        return disabled;
    if (*s->policy.allowed_commands && !is_listed(s->policy.allowed_commands, command->verb))
        return disabled;
    return rights_refusal(s, command);
}

/* By any of its verbs. */
static bool may_run(const struct session *s, command_handler *run)
{
    for (size_t i = 0; i < command_count; i++) {
        if (commands[i].run == run && !command_refusal(s, &commands[i]))
            return true;
    }
    return false;
}

/* A letter needs one of the first handlers, and the second where there is one. */
static const struct {
    uint32_t bit;
    command_handler *one_of[3], *and;
} letters[] = {
    { PERM_BIT('a'), { cmd_appe }, NULL },
    { PERM_BIT('c'), { cmd_stor, cmd_stou, cmd_appe }, NULL },
    { PERM_BIT('d'), { cmd_dele }, NULL },
    { PERM_RMD, { cmd_rmd }, NULL },
    { PERM_BIT('e'), { cmd_cwd }, NULL },
    { PERM_BIT('f'), { cmd_rnfr }, cmd_rnto },
    { PERM_BIT('l'), { cmd_list, cmd_nlst, cmd_mlsd }, NULL },
    { PERM_BIT('m'), { cmd_mkd }, NULL },
    { PERM_BIT('p'), { cmd_dele, cmd_rmd }, NULL },
    { PERM_BIT('r'), { cmd_retr }, NULL },
    { PERM_BIT('w'), { cmd_stor }, NULL },
};

uint32_t commands_withheld(const struct session *s)
{
    uint32_t withheld = 0;
    if (!*s->policy.denied_commands && !*s->policy.allowed_commands)
        return 0;
    for (size_t i = 0; i < COUNT(letters); i++) {
        bool may = false;
        for (size_t k = 0; k < COUNT(letters[i].one_of) && letters[i].one_of[k]; k++)
            may = may || may_run(s, letters[i].one_of[k]);
        if (!may || (letters[i].and &&!may_run(s, letters[i].and)))
            withheld |= letters[i].bit;
    }
    return withheld;
}
