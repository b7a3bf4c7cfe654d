/* SPDX-License-Identifier: BSD-2-Clause */
/* tab.h - the terminal's state, and what the Tab key does. */
#ifndef CLIENT_SHELL_TAB_H
#define CLIENT_SHELL_TAB_H

#include "client/shell/shell.h"

#include <histedit.h>

enum { PROMPT_SIZE = 256 };

/* libedit's call-backs get the EditLine; this is its client data. */
struct terminal {
    struct shell *shell;
    EditLine *editor;
    History *history;
    char prompt[PROMPT_SIZE];
    char history_file[PATH_MAX];
};

/* Completes the word at the cursor, or shows what could be meant. */
unsigned char terminal_tab(EditLine *editor, int key);

#endif
