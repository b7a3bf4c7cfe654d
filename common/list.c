/* SPDX-License-Identifier: BSD-2-Clause */
/* list.c - lists of words; pure. */
#include "common/list.h"

#include "common/path.h"

#include <string.h>
#include <strings.h>

bool list_append(char list[LIST_ROOM], const char *word, size_t n)
{
    const size_t used = strlen(list);
    if (n == 0 || n >= LIST_WORD_ROOM || used + n + 2 > LIST_ROOM || memchr(word, '\n', n))
        return false;
    memcpy(list + used, word, n);
    list[used + n] = '\n';
    list[used + n + 1] = '\0';
    return true;
}

const char *list_next(const char *at, char word[LIST_WORD_ROOM])
{
    const size_t n = strcspn(at, "\n");
    if (at[n] != '\n' || n >= LIST_WORD_ROOM)
        return NULL;
    memcpy(word, at, n);
    word[n] = '\0';
    return at + n + 1;
}

bool list_matches(const char *list, const char *name)
{
    char pattern[LIST_WORD_ROOM];
    while ((list = list_next(list, pattern)) != NULL) {
        if (glob_match(pattern, name))
            return true;
    }
    return false;
}

bool list_has(const char *list, const char *word)
{
    char one[LIST_WORD_ROOM];
    while ((list = list_next(list, one)) != NULL) {
        if (strcasecmp(one, word) == 0)
            return true;
    }
    return false;
}
