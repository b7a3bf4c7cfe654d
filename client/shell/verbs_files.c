/* SPDX-License-Identifier: BSD-2-Clause */
/* verbs_files.c - commands about files and directories, without moving their bytes. */
#include "client/shell/shell.h"

#include "client/shell/expand.h"
#include "client/engine/remote.h"
#include "common/path.h"
#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 100 };

enum outcome verb_cd(struct shell *shell, const struct tokens *tokens)
{
    const char *to = tokens->count > 1 ? tokens->token[1].text : shell->session.home;
    char before[TARGET_PATH_SIZE], wanted[TARGET_PATH_SIZE];
    enum outcome outcome;
    if (strcmp(to, "-") == 0)
        to = shell->previous[0] ? shell->previous : ".";
    text_copy(wanted, sizeof wanted, to);
    text_copy(before, sizeof before, shell->session.cwd);
    outcome = remote_cwd(&shell->session, wanted);
    if (outcome == OUTCOME_OK)
        text_copy(shell->previous, sizeof shell->previous, before);
    return outcome;
}

enum outcome verb_pwd(struct shell *shell, const struct tokens *tokens)
{
    const enum outcome outcome = remote_pwd(&shell->session);
    (void)tokens;
    if (outcome == OUTCOME_OK)
        report_text(&shell->report, "directory", shell->session.cwd);
    return outcome;
}

enum outcome verb_lcd(struct shell *shell, const struct tokens *tokens)
{
    const char *to = tokens->count > 1 ? tokens->token[1].text : getenv("HOME");
    if (!to || chdir(to) < 0)
        return shell_fail(shell, OUTCOME_LOCAL, "%s: %s", to ? to : "HOME", strerror(errno));
    return OUTCOME_OK;
}

enum outcome verb_lpwd(struct shell *shell, const struct tokens *tokens)
{
    char path[PATH_MAX];
    (void)tokens;
    if (!getcwd(path, sizeof path))
        return shell_fail(shell, OUTCOME_LOCAL, "%s", strerror(errno));
    report_text(&shell->report, "local-directory", path);
    return OUTCOME_OK;
}

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
            outcome = session_ask(&shell->session, "DELE %s", inner);
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
    return outcome == OUTCOME_OK ? session_ask(&shell->session, "RMD %s", path) : outcome;
}

static enum outcome remove_one(struct shell *shell, const struct entry *entry, bool recursive)
{
    enum outcome outcome;
    if (entry->type == ENTRY_DIRECTORY && recursive)
        return remove_tree(shell, entry->name, 0, 0);
    outcome = session_ask(&shell->session, "DELE %s", entry->name);
    if (outcome == OUTCOME_REFUSED && recursive &&
        session_command(&shell->session, "CWD %s", entry->name) == OUTCOME_OK &&
        shell->session.reply.code == 250) {
        char back[TARGET_PATH_SIZE];
        text_copy(back, sizeof back, shell->session.cwd);
        outcome = session_ask(&shell->session, "CWD %s", back);
        if (outcome == OUTCOME_OK)
            outcome = remove_tree(shell, entry->name, 0, 0);
    }
    return outcome;
}

/* "-r", "-f", "-rf"; false: it is a name. */
static bool take_rm_flags(const char *token, bool *recursive, bool *force)
{
    if (token[0] != '-' || !token[1] || token[1 + strspn(token + 1, "rRf")])
        return false;
    *recursive = *recursive || strpbrk(token, "rR");
    *force = *force || strchr(token, 'f');
    return true;
}

enum outcome verb_rm(struct shell *shell, const struct tokens *tokens)
{
    bool recursive = false, force = false;
    enum outcome outcome = OUTCOME_OK;
    for (size_t i = 1; i < tokens->count && outcome == OUTCOME_OK; i++) {
        const struct token *token = &tokens->token[i];
        struct listing found;
        if (take_rm_flags(token->text, &recursive, &force))
            continue;
        outcome = expand_remote(shell, token, &found);
        for (size_t j = 0; outcome == OUTCOME_OK && j < found.count; j++)
            outcome = remove_one(shell, &found.entries[j], recursive);
        listing_free(&found);
        if (force && outcome == OUTCOME_REFUSED)
            outcome = OUTCOME_OK;
    }
    return outcome;
}

enum outcome verb_rmdir(struct shell *shell, const struct tokens *tokens)
{
    enum outcome outcome = OUTCOME_OK;
    for (size_t i = 1; i < tokens->count && outcome == OUTCOME_OK; i++)
        outcome = session_ask(&shell->session, "RMD %s", tokens->token[i].text);
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
    if (session_ask(&shell->session, "MKD %s", path) == OUTCOME_OK)
        return OUTCOME_OK;
    if (shell->session.open && session_command(&shell->session, "CWD %s", path) == OUTCOME_OK &&
        shell->session.reply.code == 250)
        return session_ask(&shell->session, "CWD %s", shell->session.cwd);
    return shell_fail(shell, OUTCOME_REFUSED, "%s: cannot create directory", path);
}

enum outcome verb_mkdir(struct shell *shell, const struct tokens *tokens)
{
    enum outcome outcome = OUTCOME_OK;
    const bool parents = strcmp(tokens->token[1].text, "-p") == 0;
    if (parents && tokens->count == 2)
        return shell_fail(shell, OUTCOME_USAGE, "usage: mkdir -p DIRECTORY...");
    for (size_t i = parents ? 2 : 1; i < tokens->count && outcome == OUTCOME_OK; i++)
        outcome = parents ? make_parents(shell, tokens->token[i].text)
                          : session_ask(&shell->session, "MKD %s", tokens->token[i].text);
    return outcome;
}

enum outcome verb_ren(struct shell *shell, const struct tokens *tokens)
{
    const enum outcome outcome = session_ask(&shell->session, "RNFR %s", tokens->token[1].text);
    return outcome == OUTCOME_OK ? session_ask(&shell->session, "RNTO %s", tokens->token[2].text)
                                 : outcome;
}

enum outcome verb_chmod(struct shell *shell, const struct tokens *tokens)
{
    enum outcome outcome = OUTCOME_OK;
    const char *mode = tokens->token[1].text;
    if (strspn(mode, "01234567") != strlen(mode) || strlen(mode) < 3 || strlen(mode) > 4)
        return shell_fail(shell, OUTCOME_USAGE, "%s: invalid mode (octal expected)", mode);
    for (size_t i = 2; i < tokens->count && outcome == OUTCOME_OK; i++) {
        struct listing found;
        outcome = expand_remote(shell, &tokens->token[i], &found);
        for (size_t j = 0; outcome == OUTCOME_OK && j < found.count; j++)
            outcome = session_ask(&shell->session, "SITE CHMOD %s %s", mode, found.entries[j].name);
        listing_free(&found);
    }
    return outcome;
}

enum outcome verb_stat(struct shell *shell, const struct tokens *tokens)
{
    enum outcome outcome = OUTCOME_OK;
    for (size_t i = 1; i < tokens->count && outcome == OUTCOME_OK; i++) {
        struct entry entry;
        outcome = remote_stat(&shell->session, tokens->token[i].text, &entry);
        if (outcome != OUTCOME_OK)
            break;
        entry.name = tokens->token[i].text;
        report_entry(&shell->report, &entry);
    }
    return outcome;
}

enum outcome verb_hash(struct shell *shell, const struct tokens *tokens)
{
    enum outcome outcome = OUTCOME_OK;
    for (size_t i = 1; i < tokens->count && outcome == OUTCOME_OK; i++) {
        struct hash hash;
        char line[TARGET_PATH_SIZE + 200];
        outcome = remote_hash(&shell->session, tokens->token[i].text, -1, &hash);
        if (outcome != OUTCOME_OK)
            break;
        text_format(line, sizeof line, "%s %s  %s", hash.name, hash.hex, tokens->token[i].text);
        report_text(&shell->report, "hash", line);
    }
    return outcome;
}

enum outcome verb_verify(struct shell *shell, const struct tokens *tokens)
{
    const char *remote = tokens->token[1].text;
    const char *local = tokens->count > 2 ? tokens->token[2].text : path_last(remote);
    struct hash theirs, ours;
    const enum outcome outcome = remote_hash(&shell->session, remote, -1, &theirs);
    int fd, result;
    if (outcome != OUTCOME_OK)
        return outcome;
    fd = open(local, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return shell_fail(shell, OUTCOME_LOCAL, "%s: %s", local, strerror(errno));
    result = local_hash(fd, -1, theirs.name, shell->settings.interrupt_fd, &ours);
    close(fd);
    if (result == -EINTR)
        return shell_fail(shell, OUTCOME_INTERRUPTED, "interrupted");
    if (result < 0)
        return shell_fail(shell, OUTCOME_LOCAL, "%s: %s", local, strerror(-result));
    if (strcmp(theirs.hex, ours.hex) != 0)
        return shell_fail(shell, OUTCOME_AGAIN, "%s and %s differ", remote, local);
    report_text(&shell->report, "verify", "the same");
    return OUTCOME_OK;
}
