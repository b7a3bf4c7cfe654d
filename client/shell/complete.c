/* SPDX-License-Identifier: BSD-2-Clause */
/* complete.c - completion of command lines.  The last remote directory is remembered until the next
 * command, which may change it, for some seconds at most: so that a second Tab costs nothing. */
#include "client/shell/complete.h"

#include "client/engine/local.h"
#include "client/engine/remote.h"
#include "client/shell/bookmark.h"
#include "client/shell/cursor.h"
#include "client/shell/setting.h"
#include "common/path.h"
#include "common/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { REMEMBER_MS = 10000 };

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

/* The directory part of the word, as typed. */
static void directory_of(const struct completion *completion, char to[TARGET_PATH_SIZE])
{
    (void)text_format(to, TARGET_PATH_SIZE, "%.*s",
                      (int)(path_last(completion->word) - completion->word), completion->word);
}

static void add_matching(struct completion *completion, const struct listing *listing,
                         bool directories_only)
{
    const char *last = path_last(completion->word);
    char directory[TARGET_PATH_SIZE];
    const size_t n = strlen(last);
    directory_of(completion, directory);
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

/* The directory to list: its tilde replaced by home. */
static void real_directory(const struct completion *completion, const char *home,
                           char to[TARGET_PATH_SIZE])
{
    char typed[TARGET_PATH_SIZE];
    directory_of(completion, typed);
    if (!completion->keeps_tilde || strncmp(typed, "~/", 2) != 0 || !home ||
        !text_format(to, TARGET_PATH_SIZE, "%s%s", strcmp(home, "/") == 0 ? "" : home, typed + 1))
        (void)text_copy(to, TARGET_PATH_SIZE, typed);
}

static void complete_remote(struct shell *shell, struct completion *completion,
                            bool directories_only)
{
    static struct listing remembered;
    static char where[TARGET_PATH_SIZE * 2];
    static int64_t since;
    static unsigned commands;
    char directory[TARGET_PATH_SIZE], key[sizeof where];
    if (!shell->session.open)
        return;
    real_directory(completion, shell->session.home, directory);
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

static void complete_local(struct completion *completion, bool directories_only)
{
    char directory[TARGET_PATH_SIZE];
    struct listing listing;
    real_directory(completion, getenv("HOME"), directory);
    if (local_list(directory, SIZE_MAX, &listing) == 0)
        add_matching(completion, &listing, directories_only);
    listing_free(&listing);
}

static void add_word(void *context, const char *word, const char *unused)
{
    struct completion *completion = context;
    (void)unused;
    if (strncmp(word, completion->word, strlen(completion->word)) == 0)
        add(completion, "", word, false);
}

static void complete_verb(const struct shell *shell, struct completion *completion)
{
    for (size_t i = 0; verb_at(i); i++)
        add_word(completion, verb_at(i)->name, NULL);
    for (size_t i = 0; i < shell->aliases.count; i++)
        if (!verb_find(shell->aliases.alias[i].name))
            add_word(completion, shell->aliases.alias[i].name, NULL);
}

static void complete_setting(struct completion *completion)
{
    for (size_t i = 0; setting_name(i); i++)
        add_word(completion, setting_name(i), NULL);
}

static void complete_kind(struct shell *shell, enum complete kind, struct completion *completion)
{
    switch (kind) {
    case COMPLETE_NONE:
        break;
    case COMPLETE_REMOTE:
    case COMPLETE_REMOTE_DIRECTORY:
        complete_remote(shell, completion, kind == COMPLETE_REMOTE_DIRECTORY);
        break;
    case COMPLETE_LOCAL:
    case COMPLETE_LOCAL_DIRECTORY:
        complete_local(completion, kind == COMPLETE_LOCAL_DIRECTORY);
        break;
    case COMPLETE_REMOTE_OR_LOCAL:
    case COMPLETE_LOCAL_OR_REMOTE:
        complete_kind(shell, kind == COMPLETE_REMOTE_OR_LOCAL ? COMPLETE_REMOTE : COMPLETE_LOCAL,
                      completion);
        if (completion->found.count == 0)
            complete_kind(shell,
                          kind == COMPLETE_REMOTE_OR_LOCAL ? COMPLETE_LOCAL : COMPLETE_REMOTE,
                          completion);
        break;
    case COMPLETE_VERB:
        complete_verb(shell, completion);
        break;
    case COMPLETE_SITE:
        bookmark_each(shell, add_word, completion);
        break;
    case COMPLETE_SETTING:
        complete_setting(completion);
        break;
    }
}

/* Ends between characters of UTF-8: half of one cannot be inserted. */
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
    while (n > 0 && ((unsigned char)found->entries[0].name[n] & 0xC0) == 0x80)
        n--;
    text_format(completion->common, sizeof completion->common, "%.*s", (int)n,
                found->entries[0].name);
}

void complete_line(struct shell *shell, const char *line, size_t n, struct completion *completion)
{
    static struct cursor cursor; /* large */
    memset(completion, 0, sizeof *completion);
    cursor_find(shell, line, n, &cursor);
    text_copy(completion->word, sizeof completion->word, cursor.word);
    completion->start = cursor.start;
    completion->keeps_tilde = cursor.tilde;
    complete_kind(shell, cursor.kind, completion);
    find_common(completion);
}
