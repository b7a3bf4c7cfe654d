/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - wardftp: what the command line asks for. */
#include "build_info.h"
#include "client/bench/bench.h"
#include "client/check/check.h"
#include "client/shell/bookmark.h"
#include "client/shell/config.h"
#include "client/shell/background.h"
#include "client/shell/interrupt.h"
#include "client/shell/options.h"
#include "client/shell/via.h"
#include "client/engine/remote.h"
#include "client/secret.h"
#include "common/path.h"
#include "common/text.h"

#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum trust_answer ask_trust(void *context, const struct trust_question *question)
{
    char text[600];
    struct shell *shell = context;
    if (isatty(STDIN_FILENO) != 1)
        return TRUST_NO;
    report_clear(&shell->report);
    text_format(text, sizeof text,
                "The certificate of %s is not trusted (%s).\nIts key is %s\nTrust it from now on? "
                "(yes/no) ",
                question->host, question->reason, question->fingerprint);
    return terminal_confirm(text) ? TRUST_ALWAYS : TRUST_NO;
}

static void on_busy(void *context, const char *what, const char *path, int64_t ms)
{
    struct shell *shell = context;
    if (shell->report.progress)
        progress_wait(&shell->report.lines, what, path, ms);
}

/* ~/NAME, or NULL if there is no HOME. */
static const char *home_file(const char *name, char path[PATH_MAX])
{
    const char *home = getenv("HOME");
    return home && home[0] == '/' && text_format(path, PATH_MAX, "%s/%s", home, name) ? path : NULL;
}

/* The path of a URL as a pattern: characters written as %XX are literal.  path: decoded. */
static char *url_pattern(const char *url, const char *path, bool *globs)
{
    const char *raw = path[0] ? strchr(strstr(url, "://") + 3, '/') + 1 : "";
    char *pattern = malloc(strlen(path) * 2 + 1), *to = pattern;
    *globs = false;
    for (; pattern && *path; path++) {
        const bool coded = *raw == '%', special = strchr("*?[]\\", *path) != NULL;
        if (coded && special)
            *to++ = '\\';
        *globs = *globs || (!coded && strchr("*?[", *path));
        *to++ = *path;
        raw += coded ? 3 : 1;
    }
    if (pattern)
        *to = '\0';
    return pattern;
}

/* The first word that is a URL becomes its path, and the target of the session. */
static enum outcome take_url(struct shell *shell, struct tokens *tokens)
{
    struct target target;
    const char *why;
    for (size_t i = 1; i < tokens->count; i++) {
        struct token *token = &tokens->token[i];
        char *path, *pattern;
        if (!target_is_url(token->text))
            continue;
        if (!target_parse(token->text, &target, &why))
            return shell_fail(shell, OUTCOME_USAGE, "%s: %s", token->text, why);
        shell_target(shell, &target);
        path = strdup(target.path);
        pattern = path ? url_pattern(token->text, path, &token->globs) : NULL;
        wipe(&target, sizeof target);
        if (!pattern) {
            free(path);
            return shell_fail(shell, OUTCOME_LOCAL, "out of memory");
        }
        free(token->text);
        free(token->pattern);
        token->text = path;
        token->pattern = pattern;
        return OUTCOME_OK;
    }
    return OUTCOME_OK;
}

/* "ls URL" without a path has no second word, as "ls" has none. */
static void drop_empty_path(struct tokens *tokens)
{
    struct token *last = &tokens->token[tokens->count - 1];
    if (tokens->count < 2 || last->text[0])
        return;
    free(last->text);
    free(last->pattern);
    tokens->count--;
}

static enum outcome tokens_of(struct shell *shell, int argc, char **argv, struct tokens *tokens)
{
    *tokens = (struct tokens){ .token = calloc((size_t)argc, sizeof *tokens->token),
                               .room = (size_t)argc };
    for (int i = 0; tokens->token && i < argc; i++) {
        tokens->token[i].text = strdup(argv[i]);
        tokens->token[i].pattern = strdup(argv[i]);
        tokens->token[i].globs = glob_is_pattern(argv[i]);
        tokens->count++;
        if (!tokens->token[i].text || !tokens->token[i].pattern)
            return shell_fail(shell, OUTCOME_LOCAL, "out of memory");
    }
    return tokens->token ? OUTCOME_OK : shell_fail(shell, OUTCOME_LOCAL, "out of memory");
}

static enum outcome run_verb(struct shell *shell, int argc, char **argv)
{
    struct tokens tokens;
    enum outcome outcome = tokens_of(shell, argc, argv, &tokens);
    if (outcome == OUTCOME_OK)
        outcome = take_url(shell, &tokens);
    if (outcome != OUTCOME_OK) {
        report_failure(&shell->report, &shell->session.failure);
    } else {
        drop_empty_path(&tokens);
        outcome = shell_run(shell, &tokens);
    }
    tokens_free(&tokens);
    return outcome;
}

/* A URL or host: the target; its path: where to start. */
static enum outcome open_target(struct shell *shell, const char *text)
{
    struct target target;
    const char *why;
    enum outcome outcome = OUTCOME_OK;
    if (!bookmark_target(shell, text, &target, &why))
        outcome = shell_fail(shell, OUTCOME_USAGE, "%s: %s", text, why);
    else
        shell_target(shell, &target);
    if (outcome == OUTCOME_OK)
        outcome = shell_ensure(shell);
    if (outcome == OUTCOME_OK && target.has_path) {
        outcome = remote_cwd(&shell->session, target.path);
    }
    wipe(target.password, sizeof target.password);
    if (outcome != OUTCOME_OK)
        report_failure(&shell->report, &shell->session.failure);
    return outcome;
}

static enum outcome run(struct shell *shell, const struct options *options, int argc, char **argv)
{
    const bool script = options->commands || options->file;
    enum outcome outcome = OUTCOME_OK;
    if (!script && argc > 0 && verb_find(argv[0]))
        return run_verb(shell, argc, argv);
    if (argc > 1) {
        shell_fail(shell, OUTCOME_USAGE, "%s: unknown command", argv[0]);
        report_failure(&shell->report, &shell->session.failure);
        return OUTCOME_USAGE;
    }
    shell->interactive = !script;
    if (argc == 1)
        outcome = open_target(shell, argv[0]);
    if (outcome != OUTCOME_OK && !shell->interactive)
        return outcome;
    if (options->commands)
        outcome = shell_run_text(shell, options->commands, NULL);
    if (options->file && outcome == OUTCOME_OK)
        outcome = shell_run_file(shell, options->file);
    if (script)
        return outcome;
    if (isatty(STDIN_FILENO) == 1)
        return shell_interact(shell);
    shell->interactive = false;
    return outcome == OUTCOME_OK ? shell_run_file(shell, "-") : outcome;
}

/* The configuration, and then the command line again, which has the last word. */
static bool configure(struct shell *shell, struct options *options, int argc, char **argv)
{
    static char known_hosts[PATH_MAX];
    if (!via_take_environment(shell) || !options_parse(options, shell, argc, argv))
        return false;
    if (options->help || options->version)
        return true;
    report_init(&shell->report, options->json, options->verbose, options->quiet);
    config_init(shell);
    if (!shell->settings.known_hosts_file && config_path(shell, "known_hosts", known_hosts))
        shell->settings.known_hosts_file = known_hosts;
    if (!options->no_config && config_run(shell, options->config) != OUTCOME_OK)
        return false;
    return options_parse(options, shell, argc, argv);
}

static void set_callbacks(struct shell *shell, bool verbose)
{
    shell->settings.context = shell;
    shell->settings.ask_trust = ask_trust;
    shell->settings.busy = on_busy;
    shell->settings.message = shell_message;
    shell_set_verbose(shell, verbose);
}

/* large: kept off the stack */
static struct shell shell;

int main(int argc, char **argv)
{
    char netrc[PATH_MAX];
    struct options options = { 0 };
    enum outcome outcome;
    if (secret_in_arguments(argc, argv)) {
        (void)fputs(
            "wardftp: a password on the command line is visible to other users: use ~/.netrc, "
            "--password-fd or the terminal\n",
            stderr);
        return OUTCOME_USAGE;
    }
    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL); /* where it is ignored, children leave no status */
    shell_init(&shell);
    shell.netrc_file = home_file(".netrc", netrc);
    if (argc > 1 && strcmp(argv[1], "bench") == 0)
        return bench_main(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "check") == 0)
        return check_main(argc - 1, argv + 1);
    if (!configure(&shell, &options, argc, argv))
        return OUTCOME_USAGE;
    if (options.help || options.version) {
        if (options.version)
            puts("wardftp " WARDFTPD_VERSION);
        else
            options_usage(stdout);
        return 0;
    }
    set_callbacks(&shell, options.verbose || shell.report.verbose);
    shell.settings.interrupt_fd = interrupt_init();
    outcome = via_find_password(&shell);
    if (outcome == OUTCOME_OK)
        outcome = run(&shell, &options, argc - options.first, argv + options.first);
    else
        report_failure(&shell.report, &shell.session.failure);
    outcome = background_end(&shell, outcome);
    shell_free(&shell);
    if (fflush(stdout) != 0 && outcome == OUTCOME_OK)
        outcome = OUTCOME_LOCAL;
    return shell.exit_code >= 0 && outcome != OUTCOME_INTERRUPTED ? shell.exit_code : (int)outcome;
}
