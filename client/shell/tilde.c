/* SPDX-License-Identifier: BSD-2-Clause */
/* tilde.c - home directories in words. */
#include "client/shell/tilde.h"

#include "common/text.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>

/* Of "~" or "~user"; NULL: unknown. */
static const char *local_home(const char *user, size_t n)
{
    char name[256];
    const struct passwd *found;
    if (n == 0)
        return getenv("HOME");
    if (n >= sizeof name)
        return NULL;
    memcpy(name, user, n);
    name[n] = '\0';
    found = getpwnam(name);
    return found ? found->pw_dir : NULL;
}

bool tilde_local(const struct token *token, char path[PATH_MAX])
{
    const char *text = token->text;
    const size_t n = token->tilde ? strcspn(text + 1, "/") : 0;
    const char *home = token->tilde ? local_home(text + 1, n) : NULL;
    if (!home)
        return text_copy(path, PATH_MAX, text);
    return text_format(path, PATH_MAX, "%s%s", home, text + 1 + n);
}

/* "~" and "~/x" below the directory after the log-in; "~user" is the server's business. */
static bool remote(const struct shell *shell, const struct token *token, char path[PATH_MAX])
{
    const char *home = shell->session.home, *rest = token->text + 1;
    const size_t n = strlen(home);
    if (!home[0] || (rest[0] && rest[0] != '/'))
        return text_copy(path, PATH_MAX, token->text);
    return text_format(path, PATH_MAX, "%.*s%s",
                       home[n - 1] == '/' && rest[0] ? (int)n - 1 : (int)n, home, rest);
}

/* Of get and put: of exactly two words without an option, the second names the target. */
static bool names_target(const struct tokens *tokens)
{
    for (size_t i = 1; i < tokens->count; i++)
        if (tokens->token[i].text[0] == '-' && tokens->token[i].text[1])
            return false;
    return tokens->count == 3;
}

static bool is_local(enum complete kind, const struct tokens *tokens)
{
    switch (kind) {
    case COMPLETE_LOCAL:
    case COMPLETE_LOCAL_DIRECTORY:
        return true;
    case COMPLETE_REMOTE_OR_LOCAL:
        return names_target(tokens);
    case COMPLETE_LOCAL_OR_REMOTE:
        return !names_target(tokens);
    default:
        return false;
    }
}

static enum complete kind_of(const struct verb *verb, const char *before, size_t place)
{
    switch (flags_value_kind(verb->options, before)) {
    case '<':
        return COMPLETE_LOCAL;
    case '/':
        return COMPLETE_LOCAL_DIRECTORY;
    case '>':
        return COMPLETE_REMOTE;
    case ':':
        return COMPLETE_NONE;
    default:
        return verb->complete[place > 0];
    }
}

/* The pattern of a path keeps what was typed behind the tilde. */
static bool put_path(struct token *token, const char *path)
{
    const char *rest = token->pattern + 1 + strcspn(token->pattern + 1, "/");
    struct token made = { .text = NULL };
    char *pattern;
    if (!token_set(&made, path))
        return false;
    const size_t kept = strlen(made.text) - strlen(token->text + 1 + strcspn(token->text + 1, "/"));
    pattern = token->globs ? malloc(kept * 2 + strlen(rest) + 1) : NULL;
    if (pattern) {
        char *to = pattern;
        for (size_t i = 0; i < kept; i++) {
            if (strchr("*?[]\\", path[i]))
                *to++ = '\\';
            *to++ = path[i];
        }
        memcpy(to, rest, strlen(rest) + 1);
        free(made.pattern);
        made.pattern = pattern;
    }
    made.globs = token->globs;
    free(token->text);
    free(token->pattern);
    *token = made;
    return true;
}

enum outcome tilde_expand(struct shell *shell, const struct verb *verb, struct tokens *tokens)
{
    char path[PATH_MAX];
    size_t place = 0;
    for (size_t i = 1; i < tokens->count; i++) {
        struct token *token = &tokens->token[i];
        const char *before = i > 1 ? tokens->token[i - 1].text : "";
        const enum complete kind = kind_of(verb, before, place);
        place += token->text[0] != '-' && !flags_value_kind(verb->options, before);
        if (!token->tilde || kind == COMPLETE_NONE)
            continue;
        if (!(is_local(kind, tokens) ? tilde_local(token, path) : remote(shell, token, path)))
            return shell_fail(shell, OUTCOME_USAGE, "%s: name too long", token->text);
        if (strcmp(path, token->text) != 0 && !put_path(token, path))
            return shell_fail(shell, OUTCOME_LOCAL, "out of memory");
    }
    return OUTCOME_OK;
}
