/* SPDX-License-Identifier: BSD-2-Clause */
/* walk.c - walking the server's directories. */
#include "client/shell/walk.h"

#include "client/engine/remote.h"
#include "common/text.h"

#include <string.h>

static enum outcome walk_directory(struct walk *walk, const char *path, unsigned depth,
                                   size_t held);

static enum outcome visit(struct walk *walk, const char *path, const struct entry *entry,
                          unsigned depth)
{
    struct entry named = *entry;
    named.name = path;
    named.name_bytes = strlen(path);
    return walk->visit(walk->context, &named, depth);
}

static enum outcome walk_entry(struct walk *walk, const char *path, const struct entry *entry,
                               unsigned depth, size_t held)
{
    char inner[TARGET_PATH_SIZE];
    if (!name_is_safe(entry->name, entry->name_bytes) ||
        !remote_join(path, entry->name, inner, sizeof inner)) {
        report_note(&walk->shell->report, "skipped, unsafe name in %s", path);
        return OUTCOME_OK;
    }
    const enum outcome outcome = visit(walk, inner, entry, depth);
    if (outcome != OUTCOME_OK || entry->type != ENTRY_DIRECTORY || depth >= walk->depth_max)
        return outcome;
    return walk_directory(walk, inner, depth, held);
}

/* A directory that cannot be listed.  Only a lost session or Ctrl-C ends the walk. */
static enum outcome unlisted(struct walk *walk, const char *path, enum outcome outcome)
{
    struct session *session = &walk->shell->session;
    if (outcome == OUTCOME_INTERRUPTED || !session->open)
        return outcome;
    if (walk->first.outcome == OUTCOME_OK)
        walk->first = session->failure;
    else
        report_failure(&walk->shell->report, &session->failure);
    report_note(&walk->shell->report, "%s: cannot be listed", path);
    return OUTCOME_OK;
}

/* held: bytes of the listings from the root down to here, which are bounded together. */
static enum outcome walk_directory(struct walk *walk, const char *path, unsigned depth, size_t held)
{
    const bool here = depth == 0 && strcmp(path, ".") == 0;
    struct shell *shell = walk->shell;
    struct listing listing;
    enum outcome outcome;
    if (depth >= WALK_DEPTH_MAX)
        return shell_fail(shell, OUTCOME_PROTOCOL, "%s: directories nested too deeply", path);
    outcome = remote_list(&shell->session, here ? NULL : path, &listing);
    held += listing.bytes;
    if (outcome == OUTCOME_OK && held > LISTING_MAX_BYTES)
        outcome = shell_fail(shell, OUTCOME_PROTOCOL, "%s: listings too large", path);
    else if (outcome != OUTCOME_OK)
        outcome = unlisted(walk, path, outcome);
    for (size_t i = 0; outcome == OUTCOME_OK && i < listing.count; i++)
        outcome = walk_entry(walk, path, &listing.entries[i], depth + 1, held);
    listing_free(&listing);
    if (outcome == OUTCOME_OK && walk->leave)
        outcome = walk->leave(walk->context, path, depth);
    return outcome;
}

/* What the root is, if the server tells; else a directory. */
static enum outcome find_root(struct walk *walk, const char *root, struct entry *entry)
{
    struct session *session = &walk->shell->session;
    *entry =
        (struct entry){ .type = ENTRY_DIRECTORY, .size = -1, .modified = INT64_MIN, .mode = -1 };
    if (strcmp(root, ".") == 0)
        return OUTCOME_OK;
    enum outcome outcome = session_command(session, "CWD %s", root);
    if (outcome != OUTCOME_OK)
        return outcome;
    if (session->reply.code / 100 == 2)
        return remote_go_back(session);
    return remote_stat(session, root, entry);
}

enum outcome walk_run(struct walk *walk, const char *root)
{
    char path[TARGET_PATH_SIZE];
    struct entry entry;
    size_t n;
    if (!text_copy(path, sizeof path, root[0] ? root : "."))
        return shell_fail(walk->shell, OUTCOME_REFUSED, "%s: path too long", root);
    for (n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
        path[n - 1] = '\0';
    walk->first = (struct failure){ .outcome = OUTCOME_OK };
    enum outcome outcome = find_root(walk, path, &entry);
    if (outcome == OUTCOME_OK)
        outcome = visit(walk, path, &entry, 0);
    if (outcome == OUTCOME_OK && entry.type == ENTRY_DIRECTORY && walk->depth_max > 0)
        outcome = walk_directory(walk, path, 0, 0);
    if (outcome == OUTCOME_OK && walk->first.outcome != OUTCOME_OK) {
        walk->shell->session.failure = walk->first;
        outcome = walk->first.outcome;
    }
    return outcome;
}
