/* SPDX-License-Identifier: BSD-2-Clause */
/* verbs_tree.c - find and du: what is below a directory. */
#include "client/shell/shell.h"

#include "client/engine/plan.h"
#include "client/shell/walk.h"
#include "common/path.h"
#include "common/text.h"

#include <inttypes.h>
#include <string.h>

static bool take_depth(struct shell *shell, unsigned *depth)
{
    const char *text = shell->flags->value['d'];
    uint64_t number;
    *depth = WALK_DEPTH_MAX;
    if (!text)
        return true;
    if (!number_parse(text, 0, WALK_DEPTH_MAX, &number))
        return false;
    *depth = (unsigned)number;
    return true;
}

/* Walks each of the operands, or the current directory. */
static enum outcome walk_all(struct walk *walk, const struct tokens *tokens)
{
    enum outcome outcome = OUTCOME_OK;
    if (tokens->count == 1)
        return walk_run(walk, ".");
    for (size_t i = 1; i < tokens->count && outcome == OUTCOME_OK; i++)
        outcome = walk_run(walk, tokens->token[i].text);
    return outcome;
}

static bool has_type(const struct entry *entry, const char *type)
{
    switch (entry->type) {
    case ENTRY_DIRECTORY:
        return strchr(type, 'd') != NULL;
    case ENTRY_LINK:
        return strchr(type, 'l') != NULL;
    default:
        return strchr(type, 'f') != NULL;
    }
}

static enum outcome show_found(void *context, const struct entry *entry, unsigned depth)
{
    struct shell *shell = context;
    const struct flags *flags = shell->flags;
    struct report *report = &shell->report;
    (void)depth;
    if ((flags->value['n'] && !glob_match(flags->value['n'], path_last(entry->name))) ||
        (flags->value['t'] && !has_type(entry, flags->value['t'])))
        return OUTCOME_OK;
    if (report->json || flags->has['l']) {
        report_entry(report, entry);
        return OUTCOME_OK;
    }
    report_name(report, entry->name);
    fputs(entry->type == ENTRY_DIRECTORY && entry->name[strlen(entry->name) - 1] != '/' ? "/\n"
                                                                                        : "\n",
          report->out);
    return OUTCOME_OK;
}

enum outcome verb_find_files(struct shell *shell, const struct tokens *tokens)
{
    struct walk walk = { .shell = shell, .visit = show_found, .context = shell };
    const char *type = shell->flags->value['t'];
    if (!take_depth(shell, &walk.depth_max))
        return shell_fail(shell, OUTCOME_USAGE, "find -d: 0 to %d expected", WALK_DEPTH_MAX);
    if (type && (!type[0] || type[strspn(type, "fdl")]))
        return shell_fail(shell, OUTCOME_USAGE, "find -t: f, d or l expected");
    const enum outcome outcome = walk_all(&walk, tokens);
    fflush(shell->report.out);
    return outcome;
}

struct sums {
    struct shell *shell;
    int64_t below[WALK_DEPTH_MAX + 2]; /* of the directory at each depth */
    unsigned shown_depth;
    int64_t unit;
    bool files; /* show them, too */
};

static void show_sum(struct sums *sums, int64_t bytes, const char *path)
{
    struct shell *shell = sums->shell;
    char line[TARGET_PATH_SIZE + 40], size[SIZE_TEXT_SIZE];
    if (shell->flags->has['h'] || shell->report.human == SIZES_HUMAN)
        size_text(bytes, size);
    else
        text_format(size, sizeof size, "%" PRId64, (bytes + sums->unit - 1) / sums->unit);
    (void)text_format(line, sizeof line, "%s\t%s", size, path);
    if (shell->report.json) {
        report_text(&shell->report, "du", line);
        return;
    }
    fprintf(shell->report.out, "%-7s ", size);
    report_name(&shell->report, path);
    fputc('\n', shell->report.out);
}

static enum outcome add_size(void *context, const struct entry *entry, unsigned depth)
{
    struct sums *sums = context;
    if (entry->type == ENTRY_DIRECTORY) {
        sums->below[depth] = 0;
        return OUTCOME_OK;
    }
    if (entry->size > 0 && entry->size < INT64_MAX / 2 - sums->below[depth ? depth - 1 : 0])
        sums->below[depth ? depth - 1 : 0] += entry->size;
    if (depth == 0 || (sums->files && depth <= sums->shown_depth))
        show_sum(sums, entry->size > 0 ? entry->size : 0, entry->name);
    return OUTCOME_OK;
}

static enum outcome show_directory(void *context, const char *path, unsigned depth)
{
    struct sums *sums = context;
    if (depth > 0 && depth <= WALK_DEPTH_MAX &&
        sums->below[depth] < INT64_MAX / 2 - sums->below[depth - 1])
        sums->below[depth - 1] += sums->below[depth];
    if (depth <= sums->shown_depth)
        show_sum(sums, sums->below[depth], path);
    return OUTCOME_OK;
}

enum outcome verb_du(struct shell *shell, const struct tokens *tokens)
{
    const bool *has = shell->flags->has;
    struct sums sums = { .shell = shell,
                         .files = has['a'],
                         .unit = has['m']   ? 1 << 20
                                 : has['b'] ? 1
                                            : 1 << 10 };
    struct walk walk = { .shell = shell,
                         .visit = add_size,
                         .leave = show_directory,
                         .context = &sums,
                         .depth_max = WALK_DEPTH_MAX };
    if (!take_depth(shell, &sums.shown_depth))
        return shell_fail(shell, OUTCOME_USAGE, "du -d: 0 to %d expected", WALK_DEPTH_MAX);
    if (has['s'])
        sums.shown_depth = 0;
    const enum outcome outcome = walk_all(&walk, tokens);
    fflush(shell->report.out);
    return outcome;
}
