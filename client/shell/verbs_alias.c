/* SPDX-License-Identifier: BSD-2-Clause */
/* verbs_alias.c - alias and unalias. */
#include "client/shell/alias.h"

#include "common/text.h"

#include <stdlib.h>
#include <string.h>

enum { ALIASES_MAX = 1000, LINE_SIZE = 2048 };

/* Commands of other clients that are another command here. */
static const struct {
    const char *name, *text;
} built_in[] = {
    { "features", "quote FEAT" }, { "rhelp", "quote HELP" }, { "rstatus", "quote STAT" },
    { "system", "quote SYST" },   { "idle", "site IDLE" },   { "umask", "site UMASK" },
    { "mlsd", "quote MLSD" },     { "lls", "!ls" },          { "account", "quote ACCT" },
    { "remopts", "quote OPTS" },
};

static struct alias *find(const struct aliases *aliases, const char *name)
{
    for (size_t i = 0; i < aliases->count; i++)
        if (strcmp(aliases->alias[i].name, name) == 0)
            return &aliases->alias[i];
    return NULL;
}

const char *alias_find(const struct aliases *aliases, const char *name)
{
    const struct alias *alias = find(aliases, name);
    if (alias)
        return alias->text;
    for (size_t i = 0; i < COUNT(built_in); i++)
        if (strcmp(built_in[i].name, name) == 0)
            return built_in[i].text;
    return NULL;
}

void aliases_free(struct aliases *aliases)
{
    for (size_t i = 0; i < aliases->count; i++) {
        free(aliases->alias[i].name);
        free(aliases->alias[i].text);
    }
    free(aliases->alias);
    *aliases = (struct aliases){ 0 };
}

static bool put(struct aliases *aliases, const char *name, const char *text)
{
    struct alias *alias = find(aliases, name);
    char *copy = strdup(text);
    if (!copy)
        return false;
    if (alias) {
        free(alias->text);
        alias->text = copy;
        return true;
    }
    if (aliases->count == aliases->room) {
        const size_t room = aliases->room ? aliases->room * 2 : 8;
        struct alias *bigger = reallocarray(aliases->alias, room, sizeof *bigger);
        if (bigger) {
            aliases->alias = bigger;
            aliases->room = room;
        }
    }
    char *key = aliases->count < aliases->room ? strdup(name) : NULL;
    if (!key) {
        free(copy);
        return false;
    }
    aliases->alias[aliases->count++] = (struct alias){ .name = key, .text = copy };
    return true;
}

static void show(struct shell *shell, const char *name, const char *text)
{
    char line[LINE_SIZE];
    (void)text_format(line, sizeof line, "alias %s '%s'", name, text);
    report_text(&shell->report, "alias", line);
}

static enum outcome show_all(struct shell *shell)
{
    for (size_t i = 0; i < COUNT(built_in); i++)
        if (!find(&shell->aliases, built_in[i].name))
            show(shell, built_in[i].name, built_in[i].text);
    for (size_t i = 0; i < shell->aliases.count; i++)
        show(shell, shell->aliases.alias[i].name, shell->aliases.alias[i].text);
    return OUTCOME_OK;
}

/* The words behind the name, quoted as they must be to split so again; one word is a text itself. */
static bool join_text(const struct tokens *tokens, char text[LINE_SIZE])
{
    size_t n = 0;
    if (tokens->count == 3)
        return text_copy(text, LINE_SIZE, tokens->token[2].text);
    for (size_t i = 2; i < tokens->count; i++) {
        if (i > 2)
            text[n++] = ' ';
        if (n + 1 >= LINE_SIZE || !tokens_quote(tokens->token[i].text, text + n, LINE_SIZE - n))
            return false;
        n += strlen(text + n);
    }
    return true;
}

static bool is_name(const char *name)
{
    return name[0] && name[0] != '!' && !name[strcspn(name, " \t\n;|>&()'\"\\#")];
}

enum outcome verb_alias(struct shell *shell, const struct tokens *tokens)
{
    const char *name = tokens->count > 1 ? tokens->token[1].text : NULL;
    char text[LINE_SIZE];
    if (!name)
        return show_all(shell);
    if (tokens->count == 2) {
        if (!alias_find(&shell->aliases, name))
            return shell_fail(shell, OUTCOME_USAGE, "%s: no such alias", name);
        show(shell, name, alias_find(&shell->aliases, name));
        return OUTCOME_OK;
    }
    if (!is_name(name) || !join_text(tokens, text) || strchr(text, '\n'))
        return shell_fail(shell, OUTCOME_USAGE, "%s: not a name for an alias, or too long", name);
    if (shell->aliases.count >= ALIASES_MAX || !put(&shell->aliases, name, text))
        return shell_fail(shell, OUTCOME_LOCAL, "too many aliases");
    return OUTCOME_OK;
}

enum outcome verb_unalias(struct shell *shell, const struct tokens *tokens)
{
    struct aliases *aliases = &shell->aliases;
    for (size_t i = 1; i < tokens->count; i++) {
        struct alias *alias = find(aliases, tokens->token[i].text);
        if (!alias)
            return shell_fail(shell, OUTCOME_USAGE, "%s: no such alias", tokens->token[i].text);
        free(alias->name);
        free(alias->text);
        *alias = aliases->alias[--aliases->count];
        aliases->alias[aliases->count] = (struct alias){ 0 };
    }
    return OUTCOME_OK;
}
