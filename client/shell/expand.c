/* SPDX-License-Identifier: BSD-2-Clause */
/* expand.c - expands globs in the last component. */
#include "client/shell/expand.h"

#include "client/engine/remote.h"
#include "common/path.h"
#include "common/text.h"

#include <errno.h>
#include <glob.h>
#include <stdint.h>
#include <string.h>

static enum outcome add(struct shell *shell, struct listing *found, const char *path,
                        const struct entry *like)
{
    struct entry entry = { .type = ENTRY_OTHER, .size = -1, .modified = INT64_MIN, .mode = -1 };
    if (like)
        entry = *like;
    entry.name = path;
    entry.name_bytes = strlen(path);
    return listing_add(found, &entry) == 0 ? OUTCOME_OK
                                           : shell_fail(shell, OUTCOME_LOCAL, "out of memory");
}

/* Hidden names match only a pattern that begins with a dot, as in shells. */
static bool matches(const char *pattern, const char *name)
{
    return (name[0] != '.' || pattern[0] == '.') && glob_match(pattern, name);
}

enum outcome expand_remote(struct shell *shell, const struct token *token, struct listing *found)
{
    char directory[TARGET_PATH_SIZE], path[TARGET_PATH_SIZE];
    struct listing all;
    enum outcome outcome;
    const char *last = path_last(token->text), *pattern = path_last(token->pattern);
    *found = (struct listing){ 0 };
    if (!token->globs)
        return add(shell, found, token->text, NULL);
    text_format(directory, sizeof directory, "%.*s", (int)(last - token->text), token->text);
    outcome = remote_list(&shell->session, directory, &all);
    for (size_t i = 0; outcome == OUTCOME_OK && i < all.count; i++) {
        const char *name = all.entries[i].name;
        if (!name_is_safe(name, strlen(name)) || !matches(pattern, name))
            continue;
        if (remote_join(directory, name, path, sizeof path))
            outcome = add(shell, found, path, &all.entries[i]);
    }
    listing_free(&all);
    if (outcome == OUTCOME_OK && found->count == 0)
        outcome = shell_fail(shell, OUTCOME_REFUSED, "%s: no match", token->text);
    return outcome;
}

enum outcome expand_local(struct shell *shell, const struct token *token, struct listing *found)
{
    enum outcome outcome = OUTCOME_OK;
    glob_t paths;
    *found = (struct listing){ 0 };
    if (!token->globs)
        return add(shell, found, token->text, NULL);
    if (glob(token->pattern, 0, NULL, &paths) != 0)
        return shell_fail(shell, OUTCOME_LOCAL, "%s: no match", token->text);
    for (size_t i = 0; outcome == OUTCOME_OK && i < paths.gl_pathc; i++)
        outcome = add(shell, found, paths.gl_pathv[i], NULL);
    globfree(&paths);
    return outcome;
}
