/* SPDX-License-Identifier: BSD-2-Clause */
/* glob.c - patterns of LIST, NLST and STAT (law N2).  In JAIL and the client;
 * pure.  Where the rest does not match, the last "*" takes one byte more; earlier
 * ones are never retried.  Each element costs steps in proportion to its bytes,
 * so a retry costs at most the pattern's length, and a match at most the product
 * of the two lengths. */
#include "common/path.h"

#include <string.h>

enum { SET_BYTE_STEPS = 4 }; /* the bytes of a set are read twice, and compared as ranges */

/* The "]" that ends the set whose "[" precedes at; NULL: none does, and the "[" is
 * a plain byte.  A "]" at the start belongs to the set. */
static const char *set_end(const char *at)
{
    if (*at == '!')
        at++;
    for (const char *from = at; *at; at++) {
        if (*at == ']' && at != from)
            return at;
        if (*at == '\\' && at[1])
            at++;
    }
    return NULL;
}

/* Reads one byte of a set, without a backslash before it. */
static unsigned char set_byte(const char **at)
{
    if (**at == '\\')
        (*at)++;
    return (unsigned char)*(*at)++;
}

static bool set_has(const char *at, const char *end, unsigned char byte)
{
    const bool inverted = *at == '!';
    bool found = false;
    at += inverted;
    while (at < end) {
        const unsigned char first = set_byte(&at);
        unsigned char last = first;
        if (at + 1 < end && *at == '-') {
            at++;
            last = set_byte(&at);
        }
        found = found || (first <= byte && byte <= last);
    }
    return found != inverted;
}

/* What is known of a pattern, and what it has cost so far. */
struct matching {
    const char *open; /* a "[" without a "]", so none after it has one; NULL: none yet */
    uint64_t steps;
};

/* The end of the set that begins at pattern, or NULL; a failed search is not repeated. */
static const char *find_set_end(struct matching *matching, const char *pattern)
{
    if (matching->open && pattern >= matching->open)
        return NULL;
    const char *end = set_end(pattern + 1);
    if (!end)
        matching->open = pattern;
    matching->steps += end ? (uint64_t)(end - pattern) * SET_BYTE_STEPS : strlen(pattern);
    return end;
}

/* Matches the pattern's next element against one byte.  Returns what follows the
 * element, or NULL.  The pattern is not at its end, and the element is not "*". */
static const char *match_one(struct matching *matching, const char *pattern, char byte)
{
    const char *end;
    switch (*pattern) {
    case '?':
        return pattern + 1;
    case '[':
        end = find_set_end(matching, pattern);
        if (end)
            return set_has(pattern + 1, end, (unsigned char)byte) ? end + 1 : NULL;
        break;
    case '\\':
        if (pattern[1])
            pattern++;
        break;
    default:
        break;
    }
    return *pattern == byte ? pattern + 1 : NULL;
}

static bool match(struct matching *matching, const char *pattern, const char *text)
{
    const char *after_star = NULL;
    const char *retry = NULL;
    for (; *text; matching->steps++) {
        if (*pattern == '*') {
            after_star = ++pattern;
            retry = text;
            continue;
        }
        const char *next = *pattern ? match_one(matching, pattern, *text) : NULL;
        if (next) {
            pattern = next;
            text++;
        } else if (after_star) {
            pattern = after_star;
            text = ++retry;
        } else {
            return false;
        }
    }
    pattern += strspn(pattern, "*");
    return *pattern == '\0';
}

bool glob_match_counted(const char *pattern, const char *text, uint64_t *steps)
{
    struct matching matching = { .steps = 1 };
    const bool matches = match(&matching, pattern, text);
    *steps += matching.steps;
    return matches;
}

bool glob_match(const char *pattern, const char *text)
{
    uint64_t steps = 0;
    return glob_match_counted(pattern, text, &steps);
}

bool glob_is_pattern(const char *text)
{
    for (; *text; text++) {
        if (*text == '*' || *text == '?' || (*text == '\\' && text[1]) ||
            (*text == '[' && set_end(text + 1)))
            return true;
    }
    return false;
}
