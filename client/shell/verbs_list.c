/* SPDX-License-Identifier: BSD-2-Clause */
/* verbs_list.c - ls and nlist. */
#include "client/shell/shell.h"

#include "client/shell/expand.h"
#include "client/engine/data.h"
#include "client/engine/remote.h"
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

/* What the flags of ls ask for.  Hidden names and all columns are always shown, so a, l and their
 * kin change nothing. */
struct list_flags {
    bool names_only, by_time, by_size, reverse, raw;
};

/* "-ltr"; false: it is a name. */
static bool take_flags(const char *token, struct list_flags *flags)
{
    if (strcmp(token, "--raw") == 0)
        return flags->raw = true;
    if (token[0] != '-' || !token[1] || token[1 + strspn(token + 1, "alhF1tSr")])
        return false;
    flags->names_only = flags->names_only || strchr(token, '1');
    flags->by_time = flags->by_time || strchr(token, 't');
    flags->by_size = flags->by_size || strchr(token, 'S');
    flags->reverse = flags->reverse || strchr(token, 'r');
    return true;
}

/* The newest first. */
static int by_time(const void *a, const void *b)
{
    const int64_t one = ((const struct entry *)a)->modified,
                  two = ((const struct entry *)b)->modified;
    return (one < two) - (one > two);
}

/* The largest first. */
static int by_size(const void *a, const void *b)
{
    const int64_t one = ((const struct entry *)a)->size, two = ((const struct entry *)b)->size;
    return (one < two) - (one > two);
}

static void reverse(struct listing *listing)
{
    for (size_t i = 0; i < listing->count / 2; i++) {
        const struct entry kept = listing->entries[i];
        listing->entries[i] = listing->entries[listing->count - 1 - i];
        listing->entries[listing->count - 1 - i] = kept;
    }
}

static void order(struct listing *listing, const struct list_flags *flags)
{
    if (listing->count > 1 && (flags->by_time || flags->by_size))
        qsort(listing->entries, listing->count, sizeof *listing->entries,
              flags->by_time ? by_time : by_size);
    if (flags->reverse)
        reverse(listing);
}

static bool show_raw(void *context, const char *line, size_t n)
{
    struct shell *shell = context;
    char text[TARGET_PATH_SIZE];
    (void)text_format(text, sizeof text, "%.*s", n < sizeof text ? (int)n : (int)sizeof text - 1,
                      line);
    report_text(&shell->report, "raw", text);
    return true;
}

/* What LIST sends, as it is. */
static enum outcome list_raw(struct shell *shell, const char *path)
{
    bool clean;
    return data_lines(&shell->session, "LIST", path, show_raw, shell, &clean);
}

static enum outcome list(struct shell *shell, const struct tokens *tokens, struct list_flags flags)
{
    const struct token *path = NULL;
    struct listing listing;
    enum outcome outcome;
    for (size_t i = 1; i < tokens->count; i++) {
        if (take_flags(tokens->token[i].text, &flags))
            continue;
        if (path)
            return shell_fail(shell, OUTCOME_USAGE, "%s: one path at a time",
                              tokens->token[i].text);
        path = &tokens->token[i];
    }
    if (flags.raw)
        return list_raw(shell, path ? path->text : NULL);
    if (path && path->globs)
        outcome = expand_remote(shell, path, &listing);
    else
        outcome = remote_list(&shell->session, path ? path->text : NULL, &listing);
    order(&listing, &flags);
    if (outcome == OUTCOME_OK)
        report_listing(&shell->report, &listing, flags.names_only);
    listing_free(&listing);
    return outcome;
}

enum outcome verb_ls(struct shell *shell, const struct tokens *tokens)
{
    return list(shell, tokens, (struct list_flags){ .names_only = false });
}

enum outcome verb_nlist(struct shell *shell, const struct tokens *tokens)
{
    return list(shell, tokens, (struct list_flags){ .names_only = true });
}
