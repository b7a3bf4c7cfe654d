/* list.h - a list of words in one text: each word ends with a line feed, so
 * that a word may hold any other byte. */
#ifndef COMMON_LIST_H
#define COMMON_LIST_H

#include <stdbool.h>
#include <stddef.h>

enum { LIST_ROOM = 512, LIST_WORD_ROOM = 256 };

/* Adds a word of n bytes.  False, and the list as it was: no room, an empty
 * word, or one that a list can't hold. */
bool list_append(char list[LIST_ROOM], const char *word, size_t n);

/* Copies the first word of at and returns where the next one begins; NULL: there is none. */
const char *list_next(const char *at, char word[LIST_WORD_ROOM]);

/* Does one of the list's patterns (glob_match) fit the name? */
bool list_matches(const char *list, const char *name);

/* Is the word in it, in any case? */
bool list_has(const char *list, const char *word);

#endif
