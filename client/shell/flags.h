/* SPDX-License-Identifier: BSD-2-Clause */
/* flags.h - the options of a command, as its row in verbs.def describes them.
 *
 * A description is a list of letters.  A letter may be followed by the kind of its value,
 *   ":" any text, "<" a local file, "/" a local directory, ">" a file on the server,
 * by "." if the option keeps its place among the arguments, and by a long name in parentheses.  The
 * letter of a long name that has no short one is "0". */
#ifndef CLIENT_SHELL_FLAGS_H
#define CLIENT_SHELL_FLAGS_H

#include "client/shell/tokens.h"

enum { FLAG_LETTERS = 128, FLAG_WHY_SIZE = 160 };

struct flags {
    bool has[FLAG_LETTERS];
    const char *value[FLAG_LETTERS]; /* into the words that the caller gave */
};

/* Copies the words without options to *rest, and the options to *flags.  "--" ends the options, and
 * a word whose first character is quoted is none.
 * False: the reason is in why.  The caller frees *rest in any case. */
bool flags_take(const char *description, const struct tokens *words, struct flags *flags,
                struct tokens *rest, char why[FLAG_WHY_SIZE]);

/* The kind of value that a word such as "-O" or "-cO" wants in the next word; '\0': none. */
char flags_value_kind(const char *description, const char *word);

#endif
