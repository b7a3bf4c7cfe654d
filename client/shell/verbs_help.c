/* SPDX-License-Identifier: BSD-2-Clause */
/* verbs_help.c - help. */
#include "client/shell/shell.h"

#include "client/shell/window.h"
#include "common/text.h"

#include <stdio.h>
#include <string.h>

enum { NAME_COLUMNS = 10, LINE_SIZE = 600 };

static enum outcome explain(struct shell *shell, const char *name)
{
    const struct verb *verb = verb_find(name);
    char line[LINE_SIZE];
    if (!verb)
        return shell_fail(shell, OUTCOME_USAGE, "%s: unknown command", name);
    (void)text_format(line, sizeof line, "%s %s\n    %s%s%s", verb->name, verb->usage, verb->help,
                      verb->aliases ? "; also: " : "", verb->aliases ? verb->aliases : "");
    report_text(&shell->report, "help", line);
    return OUTCOME_OK;
}

/* Only names, down the columns. */
static void show_names(struct shell *shell, size_t count, unsigned width)
{
    const size_t across = width / NAME_COLUMNS ? width / NAME_COLUMNS : 1;
    const size_t down = (count + across - 1) / across;
    for (size_t row = 0; row < down; row++) {
        for (size_t i = row; i < count; i += down)
            fprintf(shell->report.out, "%-*s", i + down < count ? NAME_COLUMNS : 0,
                    verb_at(i)->name);
        fputc('\n', shell->report.out);
    }
    report_text(&shell->report, "help", "help COMMAND explains one, `help | less` lists them.");
}

enum outcome verb_help(struct shell *shell, const struct tokens *tokens)
{
    size_t count = 0;
    char line[LINE_SIZE];
    if (tokens->count > 1)
        return explain(shell, tokens->token[1].text);
    while (verb_at(count))
        count++;
    if (shell->report.out_terminal && !shell->report.json && count >= window_rows()) {
        show_names(shell, count, window_columns());
        return OUTCOME_OK;
    }
    for (size_t i = 0; i < count; i++) {
        (void)text_format(line, sizeof line, "%-8s %s", verb_at(i)->name, verb_at(i)->help);
        report_text(&shell->report, "help", line);
    }
    return OUTCOME_OK;
}
