/* SPDX-License-Identifier: BSD-2-Clause */
/* tree.c - walks and removes directories of the server. */
#include "client/engine/tree.h"

#include "client/engine/remote.h"

#include <string.h>

enum { DEPTH_MAX = 100 };

struct walk {
    struct session *session;
    bool contents_first;
    tree_visit *visit;
    void *context;
    unsigned depth;
    size_t held; /* bytes of the listings from the first directory down: bounded together */
};

static enum outcome walk_directory(struct walk *walk, const char *path);

static enum outcome walk_entry(struct walk *walk, const char *path, const struct entry *entry)
{
    char inner[TARGET_PATH_SIZE];
    struct entry named = *entry;
    const bool directory = entry->type == ENTRY_DIRECTORY;
    enum outcome outcome = OUTCOME_OK;
    if (!name_is_safe(entry->name, entry->name_bytes) ||
        !remote_join(path, entry->name, inner, sizeof inner))
        return failure_set(&walk->session->failure, OUTCOME_PROTOCOL, "unsafe name in %s", path);
    named.name = inner;
    named.name_bytes = strlen(inner);
    if (!walk->contents_first)
        outcome = walk->visit(walk->context, inner, &named);
    if (outcome == OUTCOME_OK && directory)
        outcome = walk_directory(walk, inner);
    if (outcome == OUTCOME_OK && walk->contents_first)
        outcome = walk->visit(walk->context, inner, &named);
    return outcome;
}

static enum outcome walk_directory(struct walk *walk, const char *path)
{
    struct listing listing;
    if (++walk->depth > DEPTH_MAX)
        return failure_set(&walk->session->failure, OUTCOME_PROTOCOL,
                           "%s: directories nested too deeply", path);
    enum outcome outcome = remote_list(walk->session, path, &listing);
    const size_t bytes = listing.bytes;
    walk->held += bytes;
    if (outcome == OUTCOME_OK && walk->held > LISTING_MAX_BYTES)
        outcome =
            failure_set(&walk->session->failure, OUTCOME_PROTOCOL, "%s: listings too large", path);
    for (size_t i = 0; outcome == OUTCOME_OK && i < listing.count; i++)
        outcome = walk_entry(walk, path, &listing.entries[i]);
    listing_free(&listing);
    walk->held -= bytes;
    walk->depth--;
    return outcome;
}

enum outcome tree_walk(struct session *session, const char *path, bool contents_first,
                       tree_visit *visit, void *context)
{
    struct walk walk = {
        .session = session, .contents_first = contents_first, .visit = visit, .context = context
    };
    return walk_directory(&walk, path);
}

static enum outcome remove_entry(void *context, const char *path, const struct entry *entry)
{
    struct session *session = context;
    return session_ask(session, "%s %s", entry->type == ENTRY_DIRECTORY ? "RMD" : "DELE", path);
}

enum outcome tree_remove(struct session *session, const char *path)
{
    enum outcome outcome = session_ask(session, "DELE %s", path);
    if (outcome != OUTCOME_REFUSED)
        return outcome;
    const struct failure refused = session->failure;
    outcome = session_command(session, "CWD %s", path);
    if (outcome != OUTCOME_OK)
        return outcome;
    if (session->reply.code != 250) {
        session->failure = refused;
        return refused.outcome;
    }
    outcome = remote_go_back(session);
    if (outcome == OUTCOME_OK)
        outcome = tree_walk(session, path, true, remove_entry, session);
    return outcome == OUTCOME_OK ? session_ask(session, "RMD %s", path) : outcome;
}
