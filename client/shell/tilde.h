/* SPDX-License-Identifier: BSD-2-Clause */
/* tilde.h - "~" at the start of a word: the home directory, here or on the server. */
#ifndef CLIENT_SHELL_TILDE_H
#define CLIENT_SHELL_TILDE_H

#include "client/shell/shell.h"

/* Replaces unquoted tildes in the words of a command: of local names by $HOME, or the home of a
 * user ("~alice"); of names on the server by the directory after the log-in. */
enum outcome tilde_expand(struct shell *shell, const struct verb *verb, struct tokens *tokens);

/* A local path, its tilde replaced; false: does not fit. */
bool tilde_local(const struct token *token, char path[PATH_MAX]);

#endif
