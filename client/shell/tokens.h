/* SPDX-License-Identifier: BSD-2-Clause */
/* tokens.h - the words of a command: blanks separate them, double and single quotes and backslash
 * quote.  grammar.h has what separates commands. */
#ifndef CLIENT_SHELL_TOKENS_H
#define CLIENT_SHELL_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

struct token {
    char *text;    /* without its quotes */
    char *pattern; /* the same with what was quoted escaped, for glob_match */
    bool globs;    /* an unquoted *, ? or [ is in it */
    bool tilde;    /* it begins with an unquoted ~ */
    bool quoted;   /* its first character was quoted: no option */
    bool option;   /* an option with a place of its own, as -o of get; its value follows */
};

struct tokens {
    struct token *token;
    size_t count, room;
};

enum tokens_result { TOKENS_OK, TOKENS_UNFINISHED, TOKENS_NO_MEMORY };

/* Adds the words from *text on, up to the first unquoted operator: the end of the text or the line,
 * ";", "&&", "|", ">", a ")" that closes nothing in its word, or a "#" at the start of a word.
 * *text is left there.  TOKENS_UNFINISHED: a quote is open.  At most `most` words are taken. */
enum tokens_result tokens_split(const char **text, size_t most, struct tokens *tokens);
void tokens_free(struct tokens *tokens);

/* Adds a word that is text alone; false: no memory. */
bool tokens_add(struct tokens *tokens, const char *text);

/* Replaces the text of a word, whose pattern then matches only that; false: no memory. */
bool token_set(struct token *token, const char *text);

/* Escapes text with backslashes, so that it splits into one word again; false: does not fit. */
bool tokens_quote(const char *text, char *to, size_t room);

#endif
