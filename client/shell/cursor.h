/* SPDX-License-Identifier: BSD-2-Clause */
/* cursor.h - where the cursor is in a line of commands. */
#ifndef CLIENT_SHELL_CURSOR_H
#define CLIENT_SHELL_CURSOR_H

#include "client/shell/shell.h"

struct cursor {
    char word[TARGET_PATH_SIZE]; /* the word before the cursor, unquoted */
    size_t start;                /* where it begins */
    bool tilde;                  /* it begins with an unquoted tilde */
    enum complete kind;          /* what may stand there */
};

void cursor_find(const struct shell *shell, const char *line, size_t n, struct cursor *cursor);

#endif
