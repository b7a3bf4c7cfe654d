/* SPDX-License-Identifier: BSD-2-Clause */
/* complete.h - completes command lines: names of commands, of remote and of local files. */
#ifndef CLIENT_SHELL_COMPLETE_H
#define CLIENT_SHELL_COMPLETE_H

#include "client/shell/shell.h"

enum { COMPLETE_MAX = 200000 };

struct completion {
    char word[TARGET_PATH_SIZE];   /* the word before the cursor, unquoted */
    size_t start;                  /* where it begins in the line */
    bool keeps_tilde;              /* it begins with an unquoted tilde */
    struct listing found;          /* whole replacements for word; directories end in "/" */
    char common[TARGET_PATH_SIZE]; /* the longest common beginning of all found, unquoted */
};

/* For the text before the cursor.  The caller frees completion->found. */
void complete_line(struct shell *shell, const char *line, size_t n, struct completion *completion);

#endif
