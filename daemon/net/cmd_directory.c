/* cmd_directory.c - runs in NET, without privilege: directories. */
#include "daemon/net/commands.h"

#include "common/path.h"
#include "common/text.h"
#include "daemon/net/ask.h"
#include "daemon/net/reply.h"

#include <inttypes.h>
#include <string.h>

/* The quoted path of a 257, made in a room of our own: replies have theirs. */
static enum step reply_path(struct session *s, const char *path, const char *words)
{
    char *quoted = s->room.piece;
    if (!path_quote(path, quoted, sizeof s->room.piece))
        return reply_error(s, JAIL_BAD_NAME);
    return reply(s, 257, "\"%s\" %s", quoted, words);
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
    return reply(s, 250, "Directory changed.");
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
        return reply(s, 550, "The root can't be removed.");
    const uint32_t error = ask_jail_about(s, JAIL_RMDIR, argument->path);
    return error != 0 ? reply_error(s, error) : reply(s, 250, "Directory removed.");
}

enum step cmd_avbl(struct session *s, const struct argument *argument)
{
    const uint32_t error = ask_jail_about(s, JAIL_SPACE, argument->path);
    if (error != 0)
        return reply_error(s, error);
    return reply(s, 213, "%" PRIu64, s->answer.file.size);
}

/* "n" or "n R m" (RFC 959 section 4.1.3); records have no meaning here. */
static bool parse_allo(const char *text, uint64_t *bytes)
{
    const char *blank = strchr(text, ' ');
    const size_t n = blank ? (size_t)(blank - text) : strlen(text);
    uint64_t record;
    if (!number_parse_n(text, n, 0, INT64_MAX, bytes))
        return false;
    if (!blank)
        return true;
    return (blank[1] == 'R' || blank[1] == 'r') && blank[2] == ' ' &&
           number_parse(blank + 3, 0, INT64_MAX, &record);
}

/* Law U5: the free space is looked at before the upload. */
enum step cmd_allo(struct session *s, const struct argument *argument)
{
    uint64_t bytes;
    if (!parse_allo(argument->text, &bytes))
        return reply(s, 501, "The form is: ALLO bytes");
    if (s->policy.max_file_size != 0 && bytes > s->policy.max_file_size)
        return reply(s, 552, "Your files may have %" PRIu64 " bytes at most.", s->policy.max_file_size);
    const uint32_t error = ask_jail_about(s, JAIL_SPACE, s->cwd);
    if (error != 0)
        return reply_error(s, error);
    if (bytes > s->answer.file.size)
        return reply(s, 452, "Only %" PRIu64 " bytes are free.", s->answer.file.size);
    s->announced = bytes;
    return reply(s, 200, "There is room.");
}
