/* SPDX-License-Identifier: BSD-2-Clause */
/* cmd_directory.c - runs in NET, without privilege: directories. */
#include "daemon/net/handlers.h"

#include "common/path.h"
#include "common/text.h"
#include "daemon/net/ask.h"
#include "daemon/net/message.h"
#include "daemon/net/reply.h"

#include <inttypes.h>
#include <string.h>

/* The quoted path of a 257, in s->room: reply() itself uses s->scratch. */
static enum step reply_path(struct session *s, const char *path, const char *text)
{
    char *quoted = s->room.piece;
    if (!path_quote(path, quoted, sizeof s->room.piece))
        return reply_error(s, JAIL_BAD_NAME);
    return reply(s, 257, "\"%s\" %s", quoted, text);
}

enum step cmd_pwd(struct session *s, const struct argument *argument)
{
    (void)argument;
    return reply_path(s, s->cwd, "is the current directory.");
}

static enum step change_to(struct session *s, const char *path)
{
    const uint32_t error = ask_jail_about(s, JAIL_CHDIR, path);
    if (error != 0)
        return reply_error(s, error);
    (void)text_copy(s->cwd, sizeof s->cwd, path);
    message_directory(s, 250);
    return reply(s, 250, "Directory successfully changed.");
}

/* A start directory that does not exist, or that the user may not enter, is replaced by the
 * root. */
void directory_start(struct session *s, const char *path)
{
    const bool is_root = strcmp(path, "/") == 0;
    if (is_root || !path_is_normal(path) || !text_copy(s->cwd, sizeof s->cwd, path) ||
        ask_jail_about(s, JAIL_CHDIR, s->cwd) != 0)
        (void)text_copy(s->cwd, sizeof s->cwd, "/");
}

enum step cmd_cwd(struct session *s, const struct argument *argument)
{
    return change_to(s, argument->path);
}

enum step cmd_cdup(struct session *s, const struct argument *argument)
{
    (void)argument;
    if (!path_join(s->cwd, "..", s->path, sizeof s->path))
        return reply_error(s, JAIL_BAD_NAME);
    return change_to(s, s->path);
}

enum step cmd_mkd(struct session *s, const struct argument *argument)
{
    const uint32_t error = ask_jail_about(s, JAIL_MKDIR, argument->path);
    return error != 0 ? reply_error(s, error) : reply_path(s, argument->path, "is created.");
}

enum step cmd_rmd(struct session *s, const struct argument *argument)
{
    if (strcmp(argument->path, "/") == 0)
        return reply(s, 550, "The root directory can't be removed.");
    const uint32_t error = ask_jail_about(s, JAIL_RMDIR, argument->path);
    return error != 0 ? reply_error(s, error) : reply(s, 250, "Directory removed.");
}
