/* SPDX-License-Identifier: BSD-2-Clause */
/* interact.c - the shell on a terminal, on libedit. */
#include "client/shell/shell.h"

#include "client/secret.h"
#include "client/shell/background.h"
#include "client/shell/config.h"
#include "client/shell/interrupt.h"
#include "client/shell/tab.h"
#include "client/shell/transfer_queue.h"
#include "common/text.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

enum { HISTORY_LINES = 1000 };

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
    terminal->history_file[0] = '\0';
    if (config_make_directory(terminal->shell) == 0)
        (void)config_path(terminal->shell, "history", terminal->history_file);
}

/* The last count lines, 0: all; or forgets them. */
static void show_history(struct shell *shell, bool clear, unsigned count)
{
    const struct terminal *terminal = shell->terminal;
    HistEvent event;
    unsigned total = 0, number = 0;
    if (clear) {
        history(terminal->history, &event, H_CLEAR);
        return;
    }
    for (int more = history(terminal->history, &event, H_LAST); more >= 0;
         more = history(terminal->history, &event, H_PREV))
        total++;
    for (int more = history(terminal->history, &event, H_LAST); more >= 0;
         more = history(terminal->history, &event, H_PREV)) {
        char line[1200], text[1100];
        if (number++ + count < total && count > 0)
            continue;
        text_escape(text, sizeof text, event.str, strcspn(event.str, "\n"));
        (void)text_format(line, sizeof line, "%5u  %s", number, text);
        report_text(&shell->report, "history", line);
    }
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
    el_set(terminal->editor, EL_ADDFN, "wardftp-complete", "complete the word", terminal_tab);
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

static void read_and_run(struct terminal *terminal)
{
    int n = 0;
    const char *line;
    HistEvent event;
    background_look(terminal->shell);
    make_prompt(terminal);
    el_resize(terminal->editor); /* the window may have another size by now */
    line = el_gets(terminal->editor, &n);
    if (!line || n <= 0) {
        if (n < 0 && errno == EINTR && !interrupt_leaves()) {
            interrupt_clear(); /* Ctrl-C clears the line, as in shells */
            fputc('\n', stdout);
            return;
        }
        terminal->shell->leave = true;
        fputc('\n', stdout);
        return;
    }
    if (!secret_in_line(line))
        history(terminal->history, &event, H_ENTER, line);
    interrupt_clear(); /* an interrupt while typing is not for this command */
    (void)shell_run_text(terminal->shell, line, NULL);
    interrupt_clear();
}

enum outcome shell_interact(struct shell *shell)
{
    static struct terminal terminal; /* the shell keeps its address */
    terminal = (struct terminal){ .shell = shell };
    if (!open_terminal(&terminal)) {
        close_terminal(&terminal);
        return shell_fail(shell, OUTCOME_LOCAL, "cannot set up the terminal");
    }
    shell->terminal = &terminal;
    shell->history = show_history;
    transfer_queue_offer(shell);
    while (!shell->leave && !interrupt_leaves()) {
        shell->steady.retry_spent_ms = 0;
        read_and_run(&terminal);
    }
    shell->history = NULL;
    close_terminal(&terminal);
    return interrupt_leaves() ? OUTCOME_INTERRUPTED : OUTCOME_OK;
}
