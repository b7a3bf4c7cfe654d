/* SPDX-License-Identifier: BSD-2-Clause */
/* verbs_mode.c - chmod. */
#include "client/shell/shell.h"

#include "client/engine/remote.h"
#include "client/shell/expand.h"
#include "client/shell/mode.h"
#include "client/shell/walk.h"
#include "common/text.h"

#include <string.h>

struct change {
    struct shell *shell;
    const char *mode;
    bool symbolic;
};

static enum outcome change_one(void *context, const struct entry *entry, unsigned depth)
{
    const struct change *change = context;
    struct shell *shell = change->shell;
    struct entry known = *entry;
    char command[32], path[TARGET_PATH_SIZE];
    if (depth > 0 && entry->type == ENTRY_LINK) /* SITE CHMOD would follow it */
        return OUTCOME_OK;
    if (!text_copy(path, sizeof path, entry->name))
        return shell_fail(shell, OUTCOME_REFUSED, "%s: path too long", entry->name);
    if (change->symbolic && known.mode < 0) {
        const enum outcome outcome = remote_stat(&shell->session, path, &known);
        if (outcome != OUTCOME_OK)
            return outcome;
    }
    if (change->symbolic && known.mode < 0)
        return shell_fail(shell, OUTCOME_REFUSED,
                          "%s: the server does not tell its permissions; use an octal mode", path);
    text_format(command, sizeof command, "SITE CHMOD %03o",
                mode_apply(change->mode, (unsigned)known.mode, known.type == ENTRY_DIRECTORY));
    return shell_ask(shell, command, path);
}

static enum outcome change_all(struct change *change, const struct token *token)
{
    struct shell *shell = change->shell;
    struct walk walk = {
        .shell = shell, .visit = change_one, .context = change, .depth_max = WALK_DEPTH_MAX
    };
    struct listing found;
    enum outcome outcome = expand_remote(shell, token, &found);
    for (size_t i = 0; outcome == OUTCOME_OK && i < found.count; i++)
        outcome = shell->flags->has['R'] ? walk_run(&walk, found.entries[i].name)
                                         : change_one(change, &found.entries[i], 0);
    listing_free(&found);
    return outcome;
}

enum outcome verb_chmod(struct shell *shell, const struct tokens *tokens)
{
    struct change change = { .shell = shell, .mode = tokens->token[1].text };
    enum outcome outcome = OUTCOME_OK;
    if (!mode_is_valid(change.mode, &change.symbolic))
        return shell_fail(shell, OUTCOME_USAGE, "%s: invalid mode (644 or u+x,go-w expected)",
                          change.mode);
    for (size_t i = 2; i < tokens->count && outcome == OUTCOME_OK; i++)
        outcome = change_all(&change, &tokens->token[i]);
    return outcome;
}
