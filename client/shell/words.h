/* words.h - command lines become words: blanks separate, double and single quotes and backslash
 * quote, ";" and line ends separate commands, "#" at the start of a word begins a comment. */
#ifndef CLIENT_SHELL_WORDS_H
#define CLIENT_SHELL_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct word {
    char *text;    /* without its quotes */
    char *pattern; /* the same with what was quoted escaped, for glob_match */
    bool globs;    /* an unquoted *, ? or [ is in it */
};

struct words {
    struct word *word;
    size_t count, room;
};

enum words_result { WORDS_OK, WORDS_END, WORDS_UNFINISHED, WORDS_NO_MEMORY };

/* The next command of *text, which moves behind it.  WORDS_END: there is none; WORDS_UNFINISHED: a
 * quote is open.  An empty command gives no words.  The caller frees the words in any case. */
enum words_result words_split(const char **text, struct words *words);
void words_free(struct words *words);

/* text with what needs it escaped by a backslash, so that it splits into one word again; false: room. */
bool words_quote(const char *text, char *to, size_t room);

#endif
