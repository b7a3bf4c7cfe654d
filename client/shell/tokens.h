/* SPDX-License-Identifier: BSD-2-Clause */
/* tokens.h - splits command lines into words: blanks separate, double and single quotes and
 * backslash quote, ";" and line ends separate commands, "#" at the start of a word begins a
 * comment. */
#ifndef CLIENT_SHELL_TOKENS_H
#define CLIENT_SHELL_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

struct token {
    char *text;    /* without its quotes */
    char *pattern; /* the same with what was quoted escaped, for glob_match */
    bool globs;    /* an unquoted *, ? or [ is in it */
};

struct tokens {
    struct token *token;
    size_t count, room;
};

enum tokens_result { TOKENS_OK, TOKENS_END, TOKENS_UNFINISHED, TOKENS_NO_MEMORY };

/* The next command of *text, which moves behind it.  TOKENS_END: there is none; TOKENS_UNFINISHED:
 * a quote is open.  An empty command gives no tokens.  The caller frees them in any case. */
enum tokens_result tokens_split(const char **text, struct tokens *tokens);
void tokens_free(struct tokens *tokens);

/* Escapes text with backslashes, so that it splits into one word again; false: does not fit. */
bool tokens_quote(const char *text, char *to, size_t room);

#endif
