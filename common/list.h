/* SPDX-License-Identifier: BSD-2-Clause */
/* list.h - a list of words in one text: each word ends with a line feed, so
 * that a word may hold any other byte. */
#ifndef COMMON_LIST_H
#define COMMON_LIST_H

#include <stdbool.h>
#include <stddef.h>

enum { LIST_ROOM = 512, LIST_WORD_ROOM = 256 };

/* Adds a word of n bytes.  False leaves the list alone: there is no room, or the
 * word is empty, too long, or has a line feed. */
bool list_append(char list[LIST_ROOM], const char *word, size_t n);

/* Copies the word at `at` and returns the start of the next one; NULL: there is none. */
const char *list_next(const char *at, char word[LIST_WORD_ROOM]);

/* Does one of the list's patterns match the name (glob_match)? */
bool list_matches(const char *list, const char *name);

/* Is the word in the list, ignoring case? */
bool list_has(const char *list, const char *word);

#endif
