/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar.h - what a line of commands means, before any of it runs:
 *
 *   line    = [ list ] end-of-line
 *   list    = chain { ( ";" | "&" ) chain } [ ";" | "&" ]      "&": in the background
 *   chain   = command { ( "&&" | "||" ) command }
 *   command = ( word { word } | "(" list ")" ) [ ( ">" | ">>" ) word | "|" shell-text ]
 *           | "!" rest-of-line
 *
 * shell-text ends at the next unquoted ";", "&&", "||" or line end, or at the ")" of the group that
 * the command is in.  A list in parentheses may span lines.  "#" at the start of a word begins a
 * comment.  The first word may be an alias, which is replaced by its text. */
#ifndef CLIENT_SHELL_GRAMMAR_H
#define CLIENT_SHELL_GRAMMAR_H

#include "client/shell/tokens.h"

struct command_list {
    struct command *command;
    size_t count, room;
};

struct command {
    enum { COMMAND_WORDS, COMMAND_GROUP, COMMAND_LOCAL } kind;
    enum { WHEN_ALWAYS, WHEN_OK, WHEN_FAILED } when; /* how the one before it must have ended */
    struct tokens words;
    struct command_list group;
    struct tokens output; /* the file after ">", or empty */
    bool append;
    bool background;  /* a group that runs in a process of its own */
    char *shell_text; /* after "|", or after "!"; NULL: none */
    unsigned line;
};

enum grammar_result { GRAMMAR_OK, GRAMMAR_END, GRAMMAR_WRONG };

struct grammar {
    const char *at;
    unsigned line;
    const char *(*alias)(const void *context, const char *word); /* its text, or NULL */
    const void *context;
    const char *why; /* after GRAMMAR_WRONG */

    char *owned;    /* the text, once an alias was replaced */
    unsigned depth; /* of groups */
};

/* Reads the next line.  The caller frees the list in any case, and ends with grammar_free(). */
enum grammar_result grammar_next(struct grammar *grammar, struct command_list *list);
void grammar_free(struct grammar *grammar);
void command_list_free(struct command_list *list);

#endif
