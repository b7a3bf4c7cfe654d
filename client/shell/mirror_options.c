/* SPDX-License-Identifier: BSD-2-Clause */
/* mirror_options.c - the options of mirror. */
#include "client/shell/mirror.h"

#include "common/text.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPT_CHECKSUM = 256,
    OPT_SIZE_ONLY,
    OPT_DRY_RUN,
    OPT_OVERWRITE_LINKS,
    OPT_MAX_DELETE,
    OPT_FORCE
};

static const struct option option_table[] = {
    { "reverse", no_argument, NULL, 'R' },
    { "delete", no_argument, NULL, 'e' },
    { "only-newer", no_argument, NULL, 'n' },
    { "continue", no_argument, NULL, 'c' },
    { "checksum", no_argument, NULL, OPT_CHECKSUM },
    { "size-only", no_argument, NULL, OPT_SIZE_ONLY },
    { "dry-run", no_argument, NULL, OPT_DRY_RUN },
    { "overwrite-links", no_argument, NULL, OPT_OVERWRITE_LINKS },
    { "max-delete", required_argument, NULL, OPT_MAX_DELETE },
    { "force", no_argument, NULL, OPT_FORCE },
    { "parallel", required_argument, NULL, 'P' },
    { "include", required_argument, NULL, 'i' },
    { "exclude", required_argument, NULL, 'x' },
    /* of lftp: the same by other names, or what is done anyway */
    { "include-glob", required_argument, NULL, 'i' },
    { "exclude-glob", required_argument, NULL, 'x' },
    { "ignore-time", no_argument, NULL, OPT_SIZE_ONLY },
    { "no-perms", no_argument, NULL, 'p' },
    { "verbose", optional_argument, NULL, 'v' },
    { NULL, 0, NULL, 0 },
};

static bool add_pattern(const char **patterns, unsigned *count, const char *pattern)
{
    if (*count == PLAN_PATTERNS_MAX)
        return false;
    patterns[(*count)++] = pattern;
    return true;
}

/* "100" or "5%". */
static bool take_max_delete(struct mirror_options *options, const char *value)
{
    const size_t n = strlen(value);
    uint64_t number;
    options->max_delete_percent = n > 1 && value[n - 1] == '%';
    options->has_max_delete = true;
    if (!number_parse_n(value, n - options->max_delete_percent, 0,
                        options->max_delete_percent ? 100 : UINT32_MAX, &number))
        return false;
    options->max_delete = (size_t)number;
    return true;
}

static bool take_value(struct mirror *mirror, int option, const char *value)
{
    struct plan_options *plan = &mirror->plan.options;
    uint64_t number;
    if (option == 'p' || option == 'v')
        return true;
    if (option == 'i' || option == 'I')
        return add_pattern(plan->include, &plan->includes, value);
    if (option == 'x' || option == 'X')
        return add_pattern(plan->exclude, &plan->excludes, value);
    if (option == OPT_MAX_DELETE)
        return take_max_delete(&mirror->options, value);
    if (!number_parse(value, 1, 64, &number))
        return false;
    mirror->options.parallel = (unsigned)number;
    return true;
}

static bool take_option(struct mirror *mirror, int option, const char *value)
{
    struct plan_options *plan = &mirror->plan.options;
    const struct {
        int option;
        bool *flag;
    } flags[] = {
        { 'R', &plan->upload },
        { 'e', &plan->delete_extra },
        { 'n', &plan->only_newer },
        { 'c', &plan->resume },
        { OPT_CHECKSUM, &plan->checksum },
        { OPT_SIZE_ONLY, &plan->size_only },
        { OPT_OVERWRITE_LINKS, &plan->overwrite_links },
        { OPT_DRY_RUN, &mirror->options.dry_run },
        { OPT_FORCE, &mirror->options.force },
    };
    for (size_t i = 0; i < COUNT(flags); i++) {
        if (flags[i].option == option) {
            *flags[i].flag = true;
            return true;
        }
    }
    return option != '?' && take_value(mirror, option, value);
}

enum outcome mirror_options_take(struct mirror *mirror, const struct tokens *tokens, size_t *first)
{
    char **argv = calloc(tokens->count + 1, sizeof *argv);
    enum outcome outcome = OUTCOME_OK;
    int option;
    if (!argv)
        return shell_fail(mirror->shell, OUTCOME_LOCAL, "out of memory");
    for (size_t i = 0; i < tokens->count; i++)
        argv[i] = tokens->token[i].text;
    optind = 0; /* restart parsing */
    opterr = 0;
    while (outcome == OUTCOME_OK &&
           (option = getopt_long((int)tokens->count, argv, "+RencpvP:i:I:x:X:", option_table,
                                 NULL)) != -1) {
        if (!take_option(mirror, option, optarg))
            outcome = shell_fail(mirror->shell, OUTCOME_USAGE,
                                 "mirror: invalid option or value: %s", argv[optind - 1]);
    }
    *first = (size_t)optind;
    free(argv);
    if (outcome == OUTCOME_OK && (*first == tokens->count || tokens->count - *first > 2))
        outcome =
            shell_fail(mirror->shell, OUTCOME_USAGE, "usage: mirror [OPTIONS] SOURCE [TARGET]");
    return outcome;
}
