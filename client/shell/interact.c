/* SPDX-License-Identifier: BSD-2-Clause */
/* interact.c - the shell on a terminal, on libedit. */
#include "client/shell/shell.h"

#include "client/shell/complete.h"
#include "client/shell/interrupt.h"
#include "common/text.h"

#include <errno.h>
#include <histedit.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

enum { HISTORY_LINES = 1000, PROMPT_SIZE = 256 };

/* libedit's call-backs get the EditLine; this is its client data. */
struct terminal {
    struct shell *shell;
    EditLine *editor;
    History *history;
    char prompt[PROMPT_SIZE];
    char history_file[PATH_MAX];
};

static char *give_prompt(EditLine *editor)
{
    struct terminal *terminal = NULL;
    el_get(editor, EL_CLIENTDATA, &terminal);
    return terminal->prompt;
}

static void make_prompt(struct terminal *terminal)
{
    const struct session *session = &terminal->shell->session;
    char cwd[128], host[80];
    text_escape(host, sizeof host, session->target.host, strlen(session->target.host));
    text_escape(cwd, sizeof cwd, session->cwd, strlen(session->cwd));
    if (terminal->shell->steady.has_target && session->open)
        text_format(terminal->prompt, sizeof terminal->prompt, "%s:%s> ", host, cwd);
    else if (terminal->shell->steady.has_target)
        text_format(terminal->prompt, sizeof terminal->prompt, "(%s) > ", host);
    else
        text_copy(terminal->prompt, sizeof terminal->prompt, "wardftp> ");
}

static void show_choices(const struct completion *completion)
{
    size_t shown = 0;
    fputc('\n', stdout);
    for (size_t i = 0; i < completion->found.count; i++) {
        char name[256];
        const char *whole = completion->found.entries[i].name;
        text_escape(name, sizeof name, whole, strlen(whole));
        shown += (size_t)printf("%-20s%s", name, shown > 50 ? "\n" : "  ");
        shown = shown > 72 ? 0 : shown;
    }
    if (shown)
        fputc('\n', stdout);
    fflush(stdout);
}

/* Puts text in the place of the n bytes before the cursor. */
static bool replace(EditLine *editor, size_t n, const char *text)
{
    el_deletestr(editor, (int)n);
    return text[0] == '\0' || el_insertstr(editor, text) == 0;
}

static unsigned char on_tab(EditLine *editor, int key)
{
    struct terminal *terminal = NULL;
    const LineInfo *line = el_line(editor);
    static struct completion completion; /* large */
    char quoted[TARGET_PATH_SIZE * 2];
    unsigned char result = CC_ERROR;
    (void)key;
    el_get(editor, EL_CLIENTDATA, &terminal);
    complete_line(terminal->shell, line->buffer, (size_t)(line->cursor - line->buffer),
                  &completion);
    if (completion.found.count > 0 && tokens_quote(completion.common, quoted, sizeof quoted - 1)) {
        const size_t n = strlen(quoted);
        const bool whole = completion.found.count == 1 && (n == 0 || quoted[n - 1] != '/');
        if (whole)
            text_copy(quoted + n, sizeof quoted - n, " ");
        if (completion.found.count > 1 && strcmp(completion.common, completion.word) == 0) {
            show_choices(&completion);
            result = CC_REDISPLAY;
        } else if (replace(editor, completion.word_bytes_typed, quoted)) {
            result = CC_REFRESH;
        }
    }
    listing_free(&completion.found);
    return result;
}

/* One character for libedit.  The wait is for the terminal and for Ctrl-C alike, so that an
 * interrupt between two reads is not lost.  1, 0 at the end, or -1 with errno. */
static int read_character(EditLine *editor, wchar_t *character)
{
    struct terminal *terminal = NULL;
    mbstate_t state = { 0 };
    char byte;
    el_get(editor, EL_CLIENTDATA, &terminal);
    for (;;) {
        const int interrupt_fd = terminal->shell->settings.interrupt_fd;
        int ready = wait_ready(STDIN_FILENO, POLLIN, interrupt_fd, -1, INT64_MAX);
        ssize_t n = -1;
        size_t used;
        /* an interrupt comes before what was typed after it */
        if (ready == 0)
            ready = wait_pause(interrupt_fd, 0);
        if (ready == 0)
            n = read(STDIN_FILENO, &byte, 1);
        if (ready < 0)
            errno = -ready;
        else if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return (int)n;
        used = mbrtowc(character, &byte, 1, &state);
        if (used <= 1)
            return 1;
        /* a byte that is no character here: dropped, as libedit does */
        if (used == (size_t)-1)
            memset(&state, 0, sizeof state);
    }
}

static void history_path(struct terminal *terminal)
{
    const char *home = getenv("HOME");
    char directory[PATH_MAX];
    terminal->history_file[0] = '\0';
    if (!home || home[0] != '/')
        return;
    if (text_format(directory, sizeof directory, "%s/.config", home))
        (void)mkdir(directory, 0700);
    if (text_format(directory, sizeof directory, "%s/.config/wardftp", home))
        (void)mkdir(directory, 0700);
    text_format(terminal->history_file, sizeof terminal->history_file, "%s/.config/wardftp/history",
                home);
}

static bool open_terminal(struct terminal *terminal)
{
    HistEvent event;
    terminal->editor = el_init("wardftp", stdin, stdout, stderr);
    terminal->history = history_init();
    if (!terminal->editor || !terminal->history)
        return false;
    history(terminal->history, &event, H_SETSIZE, HISTORY_LINES);
    history(terminal->history, &event, H_SETUNIQUE, 1);
    history_path(terminal);
    if (terminal->history_file[0])
        history(terminal->history, &event, H_LOAD, terminal->history_file);
    el_set(terminal->editor, EL_CLIENTDATA, terminal);
    el_set(terminal->editor, EL_PROMPT, give_prompt);
    el_set(terminal->editor, EL_GETCFN, read_character);
    el_set(terminal->editor, EL_EDITOR, "emacs");
    el_set(terminal->editor, EL_HIST, history, terminal->history);
    el_set(terminal->editor, EL_ADDFN, "wardftp-complete", "complete the word", on_tab);
    el_set(terminal->editor, EL_BIND, "^I", "wardftp-complete", NULL);
    el_set(terminal->editor, EL_BIND, "^R", "em-inc-search-prev", NULL);
    el_source(terminal->editor, NULL);
    return true;
}

static void close_terminal(struct terminal *terminal)
{
    HistEvent event;
    const mode_t before = umask(077);
    if (terminal->history && terminal->history_file[0])
        history(terminal->history, &event, H_SAVE, terminal->history_file);
    umask(before);
    if (terminal->history)
        history_end(terminal->history);
    if (terminal->editor)
        el_end(terminal->editor);
}

/* Lines with a password, such as "ftp://user:password@host", are not saved. */
static bool may_be_remembered(const char *line)
{
    const char *at = strrchr(line, '@');
    const bool login = at && memchr(line, ':', (size_t)(at - line));
    return line[strspn(line, " \t\n")] && !login && !strcasestr(line, "PASS ");
}

static void read_and_run(struct terminal *terminal)
{
    int n = 0;
    const char *line;
    HistEvent event;
    make_prompt(terminal);
    el_resize(terminal->editor); /* the window may have another size by now */
    line = el_gets(terminal->editor, &n);
    if (!line || n <= 0) {
        if (n < 0 && errno == EINTR) {
            interrupt_clear(); /* Ctrl-C clears the line, as in shells */
            fputc('\n', stdout);
            return;
        }
        terminal->shell->leave = true;
        fputc('\n', stdout);
        return;
    }
    if (may_be_remembered(line))
        history(terminal->history, &event, H_ENTER, line);
    interrupt_clear(); /* an interrupt while typing is not for this command */
    (void)shell_run_text(terminal->shell, line, NULL);
    interrupt_clear();
}

enum outcome shell_interact(struct shell *shell)
{
    struct terminal terminal = { .shell = shell };
    if (!open_terminal(&terminal)) {
        close_terminal(&terminal);
        return shell_fail(shell, OUTCOME_LOCAL, "cannot set up the terminal");
    }
    while (!shell->leave) {
        shell->steady.retry_spent_ms = 0;
        read_and_run(&terminal);
    }
    close_terminal(&terminal);
    return OUTCOME_OK;
}
