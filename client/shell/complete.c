/* SPDX-License-Identifier: BSD-2-Clause */
/* complete.c - completion of command lines.  The last remote directory is remembered until the next
 * command, which may change it, for some seconds at most: so that a second Tab costs nothing. */
#include "client/shell/complete.h"

#include "client/engine/local.h"
#include "client/engine/remote.h"
#include "common/path.h"
#include "common/text.h"

#include <stdint.h>
#include <string.h>

enum { REMEMBER_MS = 10000 };

struct place {
    size_t index; /* of the word at the cursor; 0: the verb */
    size_t start; /* where it begins in the line */
    char verb[64];
};

/* Finds the word at the cursor and undoes its quoting. */
static void find_word(const char *line, size_t n, struct place *place, char *word, size_t room)
{
    size_t used = 0;
    bool within = false;
    char quote = '\0';
    *place = (struct place){ .start = n };
    for (size_t i = 0; i < n; i++) {
        char c = line[i];
        if (!quote && (c == ' ' || c == '\t' || c == ';')) {
            if (within && place->index == 0)
                text_format(place->verb, sizeof place->verb, "%.*s", (int)used, word);
            place->index = c == ';' ? 0 : place->index + within;
            within = false;
            continue;
        }
        if (!within) {
            within = true;
            place->start = i;
            used = 0;
        }
        if (quote ? c == quote : c == '"' || c == '\'') {
            quote = quote ? '\0' : c;
            continue;
        }
        if (c == '\\' && quote != '\'' && i + 1 < n)
            c = line[++i];
        if (used + 1 < room)
            word[used++] = c;
    }
    word[within ? used : 0] = '\0';
    if (!within)
        place->start = n;
}

static void add(struct completion *completion, const char *directory, const char *name,
                bool is_directory)
{
    char whole[TARGET_PATH_SIZE + 2];
    struct entry entry = { .name = whole, .type = is_directory ? ENTRY_DIRECTORY : ENTRY_FILE };
    if (completion->found.count >= COMPLETE_MAX ||
        !text_format(whole, sizeof whole, "%s%s%s", directory, name, is_directory ? "/" : ""))
        return;
    entry.name_bytes = strlen(whole);
    (void)listing_add(&completion->found, &entry);
}

static void add_matching(struct completion *completion, const struct listing *listing,
                         bool directories_only)
{
    const char *last = path_last(completion->word);
    char directory[TARGET_PATH_SIZE];
    const size_t n = strlen(last);
    text_format(directory, sizeof directory, "%.*s", (int)(last - completion->word),
                completion->word);
    for (size_t i = 0; i < listing->count; i++) {
        const struct entry *entry = &listing->entries[i];
        if (strncmp(entry->name, last, n) != 0 || !name_is_safe(entry->name, entry->name_bytes))
            continue;
        if (n == 0 && entry->name[0] == '.')
            continue;
        if (!directories_only || entry->type == ENTRY_DIRECTORY || entry->type == ENTRY_LINK)
            add(completion, directory, entry->name, entry->type == ENTRY_DIRECTORY);
    }
}

static void complete_remote(struct shell *shell, struct completion *completion,
                            bool directories_only)
{
    static struct listing remembered;
    static char where[TARGET_PATH_SIZE * 2];
    static int64_t since;
    static unsigned commands;
    char directory[TARGET_PATH_SIZE], key[sizeof where];
    const int n = (int)(path_last(completion->word) - completion->word);
    if (!shell->session.open)
        return;
    text_format(directory, sizeof directory, "%.*s", n, completion->word);
    text_format(key, sizeof key, "%s %s", shell->session.cwd, directory);
    if (now_ms() - since > REMEMBER_MS || commands != shell->commands || strcmp(key, where) != 0) {
        listing_free(&remembered);
        if (remote_list(&shell->session, directory, &remembered) != OUTCOME_OK)
            listing_free(&remembered);
        text_copy(where, sizeof where, key);
        since = now_ms();
        commands = shell->commands;
    }
    add_matching(completion, &remembered, directories_only);
}

static void complete_local(struct completion *completion)
{
    char directory[TARGET_PATH_SIZE];
    const int n = (int)(path_last(completion->word) - completion->word);
    struct listing listing;
    text_format(directory, sizeof directory, "%.*s", n, completion->word);
    if (local_list(directory, SIZE_MAX, &listing) == 0)
        add_matching(completion, &listing, false);
    listing_free(&listing);
}

static void complete_verb(struct completion *completion)
{
    for (size_t i = 0; verb_at(i); i++)
        if (strncmp(verb_at(i)->name, completion->word, strlen(completion->word)) == 0)
            add(completion, "", verb_at(i)->name, false);
}

static void find_common(struct completion *completion)
{
    const struct listing *found = &completion->found;
    size_t n;
    if (found->count == 0)
        return;
    n = found->entries[0].name_bytes;
    for (size_t i = 1; i < found->count; i++) {
        size_t same = 0;
        while (same < n && found->entries[i].name[same] == found->entries[0].name[same])
            same++;
        n = same;
    }
    text_format(completion->common, sizeof completion->common, "%.*s", (int)n,
                found->entries[0].name);
}

void complete_line(struct shell *shell, const char *line, size_t n, struct completion *completion)
{
    struct place place;
    const struct verb *verb;
    enum complete kind = COMPLETE_VERB;
    memset(completion, 0, sizeof *completion);
    find_word(line, n, &place, completion->word, sizeof completion->word);
    completion->word_bytes_typed = n - place.start;
    verb = place.index > 0 ? verb_find(place.verb) : NULL;
    if (place.index > 0)
        kind = verb ? verb->complete[place.index > 1] : COMPLETE_NONE;
    if (kind == COMPLETE_VERB)
        complete_verb(completion);
    else if (kind == COMPLETE_LOCAL)
        complete_local(completion);
    else if (kind != COMPLETE_NONE)
        complete_remote(shell, completion, kind == COMPLETE_REMOTE_DIRECTORY);
    find_common(completion);
}
