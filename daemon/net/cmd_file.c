/* SPDX-License-Identifier: BSD-2-Clause */
/* cmd_file.c - runs in NET, without privilege: commands about files that
 * don't transfer them. */
#include "daemon/net/handlers.h"

#include "common/ftptime.h"
#include "common/path.h"
#include "common/text.h"
#include "daemon/net/ask.h"
#include "daemon/net/home.h"
#include "daemon/net/next.h"
#include "daemon/net/reply.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

enum { MODE_BITS = 0777, CHANGED_SIZE = 80 };

static uint32_t stat_followed(struct session *s, const char *path)
{
    jail_question(s, JAIL_STAT)->flags = STAT_FOLLOW;
    return ask_jail(s, path);
}

/* In type A, the size on the wire is known only after converting the file: RFC 3659 section 4.2
 * permits to refuse. */
enum step cmd_size(struct session *s, const struct argument *argument)
{
    if (s->type == TYPE_ASCII)
        return reply(s, 550, "SIZE is not allowed in ASCII mode.");
    jail_question(s, JAIL_STAT)->flags = STAT_FOLLOW | STAT_PART;
    const uint32_t error = ask_jail(s, argument->path);
    if (error != 0)
        return reply_error(s, error);
    if (s->answer.file.type != FILE_REGULAR)
        return reply_error(s, JAIL_NOT_REGULAR);
    return reply(s, 213, "%" PRIu64, s->answer.file.size);
}

/* The changes that a command asks for. */
struct change {
    bool time_set, mode_set;
    int64_t seconds;
    uint32_t nanoseconds;
    uint32_t mode;
};

static uint32_t set_time(struct session *s, const struct change *change)
{
    struct jail_path *question = jail_question(s, JAIL_SET_TIME);
    question->value = change->seconds;
    question->nanoseconds = change->nanoseconds;
    return ask_jail(s, s->path);
}

static uint32_t set_mode(struct session *s, uint32_t mode)
{
    jail_question(s, JAIL_SET_MODE)->value = mode;
    return ask_jail(s, s->path);
}

/* Resolves name into s->path. */
static bool take_path(struct session *s, const char *name)
{
    return *name != '\0' && path_join(s->cwd, name, s->path, sizeof s->path);
}

/* Parses "time path".  Returns where the path begins, or NULL. */
static const char *parse_time_and_path(const char *text, struct change *change)
{
    const char *blank = strchr(text, ' ');
    if (!blank ||
        !ftptime_parse(text, (size_t)(blank - text), &change->seconds, &change->nanoseconds))
        return NULL;
    change->time_set = true;
    return blank + 1;
}

static enum step change_time(struct session *s, const struct change *change)
{
    char text[FTPTIME_ROOM];
    const uint32_t error = set_time(s, change);
    if (error != 0)
        return reply_error(s, error);
    return reply(s, 213, "Modify=%s; %s", ftptime_format(change->seconds, text), s->path);
}

/* The whole argument is tried as a name first (law R7), then as "time name", which old clients
 * send. */
enum step cmd_mdtm(struct session *s, const struct argument *argument)
{
    char text[FTPTIME_ROOM];
    struct change change = { .time_set = false };
    uint32_t error = path_to_read(s, argument->text);
    if (error == 0)
        error = stat_followed(s, s->path);
    if (error == 0)
        return reply(s, 213, "%s", ftptime_format(s->answer.file.mtime, text));
    const char *name = parse_time_and_path(argument->text, &change);
    if (error != ENOENT || !name || !take_path(s, name))
        return reply_error(s, error);
    return change_time(s, &change);
}

enum step cmd_mfmt(struct session *s, const struct argument *argument)
{
    struct change change = { .time_set = false };
    const char *name = parse_time_and_path(argument->text, &change);
    if (!name || !take_path(s, name))
        return reply(s, 501, "Usage: MFMT YYYYMMDDhhmmss path");
    return change_time(s, &change);
}

/* Parses octal digits; bits beyond the nine permission bits are ignored (law R7). */
static bool parse_mode(const char *text, size_t n, uint32_t *mode)
{
    uint32_t value = 0;
    if (n == 0 || n > 6)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '7')
            return false;
        value = value << 3 | (uint32_t)(text[i] - '0');
    }
    *mode = value & MODE_BITS;
    return true;
}

/* Parses one "name=value" of n bytes. */
static bool parse_fact(const char *text, size_t n, struct change *change)
{
    static const char modify[] = "Modify=", mode[] = "UNIX.mode=";
    const size_t modify_n = sizeof modify - 1, mode_n = sizeof mode - 1;
    if (n > modify_n && strncasecmp(text, modify, modify_n) == 0) {
        change->time_set = true;
        return ftptime_parse(text + modify_n, n - modify_n, &change->seconds, &change->nanoseconds);
    }
    if (n > mode_n && strncasecmp(text, mode, mode_n) == 0) {
        change->mode_set = true;
        return parse_mode(text + mode_n, n - mode_n, &change->mode);
    }
    return false;
}

/* Parses "fact;fact; path".  Returns where the path begins, or NULL. */
static const char *parse_facts_and_path(const char *text, struct change *change)
{
    while (*text != ' ') {
        const size_t n = strcspn(text, ";");
        if (text[n] != ';' || !parse_fact(text, n, change))
            return NULL;
        text += n + 1;
    }
    return change->time_set || change->mode_set ? text + 1 : NULL;
}

/* The time comes first: a new mode may take away the right to set it. */
enum step cmd_mff(struct session *s, const struct argument *argument)
{
    struct change change = { .time_set = false };
    char text[FTPTIME_ROOM], changed[CHANGED_SIZE] = "";
    uint32_t error = 0;
    const char *name = parse_facts_and_path(argument->text, &change);
    if (!name || !take_path(s, name))
        return reply(s, 501, "Usage: MFF Modify=...;UNIX.mode=...; path");
    if (change.time_set)
        error = set_time(s, &change);
    if (error == 0 && change.mode_set)
        error = set_mode(s, change.mode);
    if (error != 0)
        return reply_error(s, error);
    if (change.time_set)
        (void)text_format(changed, sizeof changed, "Modify=%s;",
                          ftptime_format(change.seconds, text));
    const size_t n = strlen(changed);
    if (change.mode_set)
        (void)text_format(changed + n, sizeof changed - n, "UNIX.mode=0%03o;", change.mode);
    return reply(s, 213, "%s %s", changed, s->path);
}

enum step cmd_site_chmod(struct session *s, const struct argument *argument)
{
    uint32_t mode = 0;
    const size_t n = strcspn(argument->text, " ");
    const char *name = argument->text + n + (argument->text[n] == ' ');
    if (!parse_mode(argument->text, n, &mode) || !take_path(s, name))
        return reply(s, 501, "Usage: SITE CHMOD mode path");
    const uint32_t error = set_mode(s, mode);
    return error != 0 ? reply_error(s, error) : reply(s, 200, "Mode set to 0%03o.", mode);
}

enum step cmd_site_umask(struct session *s, const struct argument *argument)
{
    uint32_t mask = 0;
    const bool given = argument->length > 0;
    if (given && !parse_mode(argument->text, argument->length, &mask))
        return reply(s, 501, "Usage: SITE UMASK [mask]");
    jail_question(s, JAIL_UMASK)->value = given ? (int64_t)mask : -1;
    const uint32_t error = ask_jail(s, "/");
    return error != 0 ? reply_error(s, error)
                      : reply(s, 200, "Umask is %03o.", s->answer.file.mode);
}

/* Parses YYYYMMDDhhmm or YYYYMMDDhhmmss, in UTC. */
static bool parse_utime(const char *text, size_t n, struct change *change)
{
    char full[] = "YYYYMMDDhhmm00";
    if (n == strlen(full))
        return ftptime_parse(text, n, &change->seconds, &change->nanoseconds);
    if (n != strlen(full) - 2)
        return false;
    memcpy(full, text, n);
    return ftptime_parse(full, strlen(full), &change->seconds, &change->nanoseconds);
}

/* Parses "path atime mtime ctime UTC": takes the mtime, and copies the path to name. */
static bool parse_long_utime(const char *text, struct change *change, char *name, size_t room)
{
    const char *at = text + strlen(text);
    const char *fields[4]; /* from the last: UTC, ctime, mtime, atime */
    for (size_t i = 0; i < COUNT(fields); i++) {
        while (at > text && at[-1] != ' ')
            at--;
        fields[i] = at;
        if (at <= text + 1)
            return false;
        at--;
    }
    return strcasecmp(fields[0], "UTC") == 0 &&
           parse_utime(fields[2], strcspn(fields[2], " "), change) &&
           text_format(name, room, "%.*s", (int)(at - text), text);
}

enum step cmd_site_utime(struct session *s, const struct argument *argument)
{
    struct change change = { .time_set = true };
    char long_name[LINE_BYTES + 1];
    const char *name = long_name;
    if (!parse_long_utime(argument->text, &change, long_name, sizeof long_name)) {
        const size_t n = strcspn(argument->text, " ");
        name = argument->text + n + (argument->text[n] == ' ');
        if (!parse_utime(argument->text, n, &change))
            name = "";
    }
    if (!take_path(s, name))
        return reply(s, 501, "Usage: SITE UTIME YYYYMMDDhhmm[ss] path");
    const uint32_t error = set_time(s, &change);
    return error != 0 ? reply_error(s, error) : reply(s, 200, "Modification time set.");
}

enum step cmd_dele(struct session *s, const struct argument *argument)
{
    const uint32_t error = ask_jail_about(s, JAIL_DELETE, argument->path);
    return error != 0 ? reply_error(s, error) : reply(s, 250, "File deleted.");
}

void rename_forget(struct session *s)
{
    s->rename_from[0] = '\0';
}

enum step cmd_rnfr(struct session *s, const struct argument *argument)
{
    rename_forget(s);
    const uint32_t error = ask_jail_about(s, JAIL_RENAME_CHECK, argument->path);
    if (error != 0)
        return reply_error(s, error);
    (void)text_copy(s->rename_from, sizeof s->rename_from, argument->path);
    return reply(s, 350, "Ready for RNTO.");
}

enum step cmd_rnto(struct session *s, const struct argument *argument)
{
    if (s->rename_from[0] == '\0')
        return reply(s, 503, "Send RNFR first.");
    const uint32_t error = ask_jail_rename(s, s->rename_from, argument->path);
    rename_forget(s);
    return error != 0 ? reply_error(s, error) : reply(s, 250, "Rename successful.");
}

/* RFC 3659 section 5; REST 0 is accepted in every type (law R7). */
enum step cmd_rest(struct session *s, const struct argument *argument)
{
    if (s->type == TYPE_ASCII && argument->number > 0)
        return reply(s, 504, "Resuming is not supported in ASCII mode; use TYPE I.");
    next_restart(s, argument->number);
    return reply(s, 350, "Restarting at %" PRIu64 ".", argument->number);
}
