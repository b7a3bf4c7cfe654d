/* SPDX-License-Identifier: BSD-2-Clause */
/* verbs_files.c - deleting, making and renaming on the server. */
#include "client/shell/shell.h"

#include "client/engine/remote.h"
#include "client/shell/expand.h"
#include "client/shell/files.h"
#include "common/path.h"
#include "common/text.h"

#include <string.h>

enum { DEPTH_MAX = 100 };

static enum outcome remove_tree(struct shell *shell, const char *path, unsigned depth, size_t held);

static enum outcome remove_entries(struct shell *shell, const char *path,
                                   const struct listing *listing, unsigned depth, size_t held)
{
    enum outcome outcome = OUTCOME_OK;
    char inner[TARGET_PATH_SIZE];
    for (size_t i = 0; outcome == OUTCOME_OK && i < listing->count; i++) {
        const struct entry *entry = &listing->entries[i];
        if (!name_is_safe(entry->name, entry->name_bytes) ||
            !remote_join(path, entry->name, inner, sizeof inner))
            outcome = shell_fail(shell, OUTCOME_PROTOCOL, "unsafe name in %s", path);
        else if (entry->type == ENTRY_DIRECTORY)
            outcome = remove_tree(shell, inner, depth + 1, held);
        else
            outcome = shell_ask(shell, "DELE", inner);
    }
    return outcome;
}

/* held: bytes of the listings from the first directory down to here, which are bounded together. */
static enum outcome remove_tree(struct shell *shell, const char *path, unsigned depth, size_t held)
{
    struct listing listing;
    enum outcome outcome;
    if (depth > DEPTH_MAX)
        return shell_fail(shell, OUTCOME_PROTOCOL, "%s: directories nested too deeply", path);
    outcome = remote_list(&shell->session, path, &listing);
    held += listing.bytes;
    if (outcome == OUTCOME_OK && held > LISTING_MAX_BYTES)
        outcome = shell_fail(shell, OUTCOME_PROTOCOL, "%s: listings too large", path);
    if (outcome == OUTCOME_OK)
        outcome = remove_entries(shell, path, &listing, depth, held);
    listing_free(&listing);
    return outcome == OUTCOME_OK ? shell_ask(shell, "RMD", path) : outcome;
}

static enum outcome remove_one(struct shell *shell, const struct entry *entry, bool recursive)
{
    enum outcome outcome;
    if (entry->type == ENTRY_DIRECTORY && recursive)
        return remove_tree(shell, entry->name, 0, 0);
    outcome = shell_ask(shell, "DELE", entry->name);
    if (outcome == OUTCOME_REFUSED && recursive &&
        session_command(&shell->session, "CWD %s", entry->name) == OUTCOME_OK &&
        shell->session.reply.code == 250) {
        char back[TARGET_PATH_SIZE];
        text_copy(back, sizeof back, shell->session.cwd);
        outcome = shell_ask(shell, "CWD", back);
        if (outcome == OUTCOME_OK)
            outcome = remove_tree(shell, entry->name, 0, 0);
    }
    return outcome;
}

/* With `prompt`, each file is asked about; *leave: no further one is to be asked about. */
static bool may_remove(struct shell *shell, const char *name, bool *leave)
{
    const char answer = shell->prompt ? ask_file(shell, "delete", name) : 'y';
    *leave = answer == 'q';
    return answer == 'y';
}

static enum outcome remove_matches(struct shell *shell, const struct token *token, bool *leave)
{
    const bool recursive = shell->flags->has['r'] || shell->flags->has['R'];
    struct listing found;
    enum outcome outcome = expand_remote(shell, token, &found);
    for (size_t i = 0; outcome == OUTCOME_OK && i < found.count && !*leave; i++)
        if (may_remove(shell, found.entries[i].name, leave))
            outcome = remove_one(shell, &found.entries[i], recursive);
    listing_free(&found);
    return outcome;
}

enum outcome verb_rm(struct shell *shell, const struct tokens *tokens)
{
    enum outcome outcome = OUTCOME_OK;
    bool leave = false;
    shell->prompt_all = false;
    for (size_t i = 1; i < tokens->count && outcome == OUTCOME_OK && !leave; i++) {
        outcome = remove_matches(shell, &tokens->token[i], &leave);
        if (shell->flags->has['f'] && outcome == OUTCOME_REFUSED)
            outcome = OUTCOME_OK;
    }
    return outcome;
}

enum outcome verb_rmdir(struct shell *shell, const struct tokens *tokens)
{
    enum outcome outcome = OUTCOME_OK;
    for (size_t i = 1; i < tokens->count && outcome == OUTCOME_OK; i++) {
        outcome = shell_ask(shell, "RMD", tokens->token[i].text);
        if (shell->flags->has['f'] && outcome == OUTCOME_REFUSED)
            outcome = OUTCOME_OK;
    }
    return outcome;
}

/* Makes each directory of the path; those that exist are refused, which is fine. */
static enum outcome make_parents(struct shell *shell, const char *path)
{
    char part[TARGET_PATH_SIZE];
    if (!text_copy(part, sizeof part, path))
        return shell_fail(shell, OUTCOME_REFUSED, "%s: path too long", path);
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        enum outcome outcome;
        *slash = '\0';
        outcome = session_command(&shell->session, "MKD %s", part);
        *slash = '/';
        if (outcome != OUTCOME_OK)
            return outcome;
    }
    if (shell_ask(shell, "MKD", path) == OUTCOME_OK)
        return OUTCOME_OK;
    const struct failure refusal = shell->session.failure;
    if (shell->session.open && session_command(&shell->session, "CWD %s", path) == OUTCOME_OK &&
        shell->session.reply.code == 250)
        return shell_ask(shell, "CWD", shell->session.cwd);
    if (shell->session.open)
        shell->session.failure = refusal;
    return shell->session.failure.outcome;
}

enum outcome verb_mkdir(struct shell *shell, const struct tokens *tokens)
{
    enum outcome outcome = OUTCOME_OK;
    for (size_t i = 1; i < tokens->count && outcome == OUTCOME_OK; i++) {
        const char *path = tokens->token[i].text;
        outcome =
            shell->flags->has['p'] ? make_parents(shell, path) : shell_ask(shell, "MKD", path);
        if (shell->flags->has['f'] && outcome == OUTCOME_REFUSED)
            outcome = OUTCOME_OK;
    }
    return outcome;
}

static enum outcome rename_file(struct shell *shell, const char *from, const char *to)
{
    const enum outcome outcome = shell_ask(shell, "RNFR", from);
    return outcome == OUTCOME_OK ? shell_ask(shell, "RNTO", to) : outcome;
}

static enum outcome move_into(struct shell *shell, const char *from, const char *directory)
{
    char path[TARGET_PATH_SIZE];
    if (!remote_join(directory, path_last(from), path, sizeof path))
        return shell_fail(shell, OUTCOME_REFUSED, "%s: path too long", from);
    return rename_file(shell, from, path);
}

enum outcome verb_ren(struct shell *shell, const struct tokens *tokens)
{
    const char *from = tokens->token[1].text, *to = tokens->token[2].text;
    const size_t n = strlen(to);
    return n > 0 && to[n - 1] == '/' ? move_into(shell, from, to) : rename_file(shell, from, to);
}

enum outcome verb_mmv(struct shell *shell, const struct tokens *tokens)
{
    const char *given = shell->flags->value['O'];
    const size_t end = given ? tokens->count : tokens->count - 1;
    const char *directory = given ? given : tokens->token[end].text;
    enum outcome outcome = OUTCOME_OK;
    if (end < 2)
        return shell_fail(shell, OUTCOME_USAGE, "mmv: a directory is missing");
    for (size_t i = 1; i < end && outcome == OUTCOME_OK; i++) {
        struct listing found;
        outcome = expand_remote(shell, &tokens->token[i], &found);
        for (size_t j = 0; outcome == OUTCOME_OK && j < found.count; j++)
            outcome = move_into(shell, found.entries[j].name, directory);
        listing_free(&found);
    }
    return outcome;
}

/* SITE SYMLINK and SITE LINK, as ProFTPD and others have them, take words: no blank in a name. */
enum outcome verb_ln(struct shell *shell, const struct tokens *tokens)
{
    const char *target = tokens->token[1].text, *name = tokens->token[2].text;
    if (strpbrk(target, " \t") || strpbrk(name, " \t"))
        return shell_fail(shell, OUTCOME_USAGE, "ln: a name with a blank cannot be sent");
    const enum outcome outcome =
        session_command(&shell->session, "SITE %s %s %s",
                        shell->flags->has['s'] ? "SYMLINK" : "LINK", target, name);
    if (outcome == OUTCOME_OK && shell->session.reply.code / 10 == 50)
        return shell_fail(shell, OUTCOME_REFUSED, "%s: the server makes no links (%d)", name,
                          shell->session.reply.code);
    return outcome == OUTCOME_OK ? session_check(&shell->session, name) : outcome;
}
