/* SPDX-License-Identifier: BSD-2-Clause */
/* verbs_list.c - ls, cls and nlist. */
#include "client/shell/shell.h"

#include "client/shell/expand.h"
#include "client/engine/data.h"
#include "client/engine/remote.h"
#include "common/path.h"
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

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

static void order(struct listing *listing, const struct flags *flags)
{
    if (listing->count > 1 && (flags->has['t'] || flags->has['S']))
        qsort(listing->entries, listing->count, sizeof *listing->entries,
              flags->has['t'] ? by_time : by_size);
    if (flags->has['r'])
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

/* Of several paths, each has its name above it. */
static void show_heading(struct shell *shell, const char *path, bool first)
{
    char line[TARGET_PATH_SIZE + 8];
    if (shell->report.json)
        return;
    (void)text_format(line, sizeof line, "%s%s:", first ? "" : "\n", path);
    report_text(&shell->report, "heading", line);
}

/* Names as another command takes them: with the directory before them.  path NULL: without one. */
static enum outcome put_directory(struct shell *shell, const char *path, struct listing *listing)
{
    const struct listing names = *listing;
    const bool is_file = path && names.count == 1 && names.entries[0].type != ENTRY_DIRECTORY &&
                         strcmp(names.entries[0].name, path_last(path)) == 0;
    enum outcome outcome = OUTCOME_OK;
    *listing = (struct listing){ .raw = names.raw, .raw_count = names.raw_count };
    for (size_t i = 0; i < names.count && outcome == OUTCOME_OK; i++) {
        struct entry entry = names.entries[i];
        char joined[TARGET_PATH_SIZE];
        const char *name = path ? entry.name : path_last(entry.name);
        if (!(is_file ? text_copy(joined, sizeof joined, path)
                      : remote_join(path ? path : "", name, joined, sizeof joined)))
            continue;
        entry.name = joined;
        entry.name_bytes = strlen(joined);
        if (listing_add(listing, &entry) < 0)
            outcome = shell_fail(shell, OUTCOME_LOCAL, "out of memory");
    }
    listing_free(&(struct listing){ .entries = names.entries, .count = names.count });
    return outcome;
}

/* path NULL: the current directory. */
static enum outcome list_one(struct shell *shell, const struct token *path,
                             enum listing_style style, bool joins)
{
    struct listing listing;
    enum outcome outcome;
    if (shell->flags->has['0'])
        return list_raw(shell, path ? path->text : NULL);
    if (path && path->globs)
        outcome = expand_remote(shell, path, &listing);
    else
        outcome = remote_list(&shell->session, path ? path->text : NULL, &listing);
    const bool bare = shell->flags->has['B'];
    if (outcome == OUTCOME_OK && path && joins && path->globs == bare)
        outcome = put_directory(shell, bare ? NULL : path->text, &listing);
    order(&listing, shell->flags);
    if (outcome == OUTCOME_OK)
        report_listing(&shell->report, &listing, style);
    listing_free(&listing);
    return outcome;
}

/* joins: names begin with the path that was asked for, so that no heading is needed. */
static enum outcome list(struct shell *shell, const struct tokens *tokens, enum listing_style style,
                         bool joins)
{
    const bool *has = shell->flags->has;
    const enum sizes human = shell->report.human;
    enum outcome outcome = OUTCOME_OK;
    if (has['h'])
        shell->report.human = SIZES_HUMAN;
    if (has['l'])
        style = LISTING_LONG;
    if (has['C'])
        style = LISTING_COLUMNS;
    if (has['1'])
        style = joins ? LISTING_MARKED : LISTING_NAMES;
    if (tokens->count == 1)
        outcome = list_one(shell, NULL, style, joins);
    for (size_t i = 1; i < tokens->count && outcome == OUTCOME_OK; i++) {
        const struct token *path = &tokens->token[i];
        if (tokens->count > 2 && !path->globs && !joins)
            show_heading(shell, path->text, i == 1);
        outcome = list_one(shell, path, style, joins);
    }
    shell->report.human = human;
    return outcome;
}

enum outcome verb_ls(struct shell *shell, const struct tokens *tokens)
{
    return list(shell, tokens, LISTING_LONG, false);
}

enum outcome verb_nlist(struct shell *shell, const struct tokens *tokens)
{
    return list(shell, tokens, LISTING_NAMES, false);
}

/* In columns on a terminal, as ls(1). */
enum outcome verb_cls(struct shell *shell, const struct tokens *tokens)
{
    return list(shell, tokens, shell->report.out_terminal ? LISTING_COLUMNS : LISTING_MARKED, true);
}
