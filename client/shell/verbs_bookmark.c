/* SPDX-License-Identifier: BSD-2-Clause */
/* verbs_bookmark.c - bookmark list, add and del. */
#include "client/shell/bookmark.h"

#include "common/text.h"

#include <errno.h>
#include <string.h>

static void show(void *context, const char *name, const char *url)
{
    struct shell *shell = context;
    char line[TARGET_PATH_SIZE + 256];
    (void)text_format(line, sizeof line, "%s %s", name, url);
    report_text(&shell->report, "bookmark", line);
}

/* Adds text to a URL, each byte but letters, digits and those of keep as %XX. */
static bool append_encoded(char *to, size_t room, const char *text, const char *keep)
{
    size_t n = strlen(to);
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                           (c >= 'A' && c <= 'Z') || strchr(keep, c);
        if (!text_format(to + n, room - n, plain ? "%c" : "%%%02X", c))
            return false;
        n += strlen(to + n);
    }
    return true;
}

/* The URL of a target and a directory, without the password. */
static bool make_url(const struct target *target, const char *path, char *url, size_t room)
{
    const bool v6 = strchr(target->host, ':') != NULL;
    const char *scheme = target->implicit_tls ? "ftps" : target->require_tls ? "ftpes" : "ftp";
    char tail[TARGET_NAME_SIZE + 16];
    if (!text_format(url, room, "%s://", scheme) ||
        !append_encoded(url, room, target->user, "-._~") ||
        !text_format(tail, sizeof tail, "%s%s%s%s:%u/", target->user[0] ? "@" : "", v6 ? "[" : "",
                     target->host, v6 ? "]" : "", (unsigned)target->port))
        return false;
    const size_t n = strlen(url);
    return text_copy(url + n, room - n, tail) && append_encoded(url, room, path, "-._~/");
}

static enum outcome failed(struct shell *shell, int result, const char *name)
{
    if (result == 0)
        return OUTCOME_OK;
    if (result == -ENOENT)
        return shell_fail(shell, OUTCOME_USAGE, "%s: no such bookmark", name);
    return shell_fail(shell, OUTCOME_LOCAL, "bookmarks: %s", strerror(-result));
}

/* Without a URL: where the session is. */
static enum outcome add(struct shell *shell, const char *name, const char *given)
{
    struct target target = shell->session.target;
    const char *path = shell->session.cwd, *why = "";
    char url[TARGET_PATH_SIZE];
    if (!given && !shell->steady.has_target)
        return shell_fail(shell, OUTCOME_USAGE, "not connected: give a URL");
    if (given && !target_parse(given, &target, &why))
        return shell_fail(shell, OUTCOME_USAGE, "%s: %s", given, why);
    if (given)
        path = target.path;
    if (given && target.has_password)
        report_note(&shell->report, "the password is not kept: it belongs in ~/.netrc");
    wipe(target.password, sizeof target.password);
    if (!name[0] || name[0] == '-' || name[strcspn(name, " \t\n/:@")])
        return shell_fail(shell, OUTCOME_USAGE, "%s: not a name for a bookmark", name);
    if (!make_url(&target, path, url, sizeof url))
        return shell_fail(shell, OUTCOME_USAGE, "%s: too long", name);
    return failed(shell, bookmark_put(shell, name, url), name);
}

enum outcome verb_bookmark(struct shell *shell, const struct tokens *tokens)
{
    const char *what = tokens->count > 1 ? tokens->token[1].text : "list";
    if (strcmp(what, "list") == 0 && tokens->count <= 2) {
        bookmark_each(shell, show, shell);
        return OUTCOME_OK;
    }
    if (strcmp(what, "add") == 0 && tokens->count > 2)
        return add(shell, tokens->token[2].text, tokens->count > 3 ? tokens->token[3].text : NULL);
    if ((strcmp(what, "del") == 0 || strcmp(what, "delete") == 0) && tokens->count == 3)
        return failed(shell, bookmark_put(shell, tokens->token[2].text, NULL),
                      tokens->token[2].text);
    return shell_fail(shell, OUTCOME_USAGE, "usage: bookmark [list | add NAME [URL] | del NAME]");
}
