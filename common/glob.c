/* glob.c - patterns of LIST, NLST and STAT (law N2).  In JAIL and the client;
 * pure.  A "*" that fails to match is retried one byte further, and only the
 * last "*" is ever retried.  An element costs steps in proportion to its
 * bytes, so a retry costs at most the pattern's length, and a match the product
 * of the two lengths. */
#include "common/path.h"

#include <string.h>

enum { SET_BYTE_STEPS = 4 }; /* a set's bytes are read twice, and compared as ranges */

/* The "]" that ends the set whose "[" stands before at, or NULL: an open "[" is
 * a plain byte.  A "]" that comes first belongs to the set. */
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

/* One byte of a set, a backslash before it taken off. */
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
    const char *open; /* a "[" that no "]" ends, so none behind it has one; NULL: none was seen */
    uint64_t steps;
};

/* The end of the set that begins at pattern, or NULL.  Looked for in vain only once. */
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

/* Matches the pattern's next element against one byte; what follows the
 * element, or NULL.  The element is no "*" and the pattern is not at its end. */
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
        if (*text == '*' || *text == '?' || (*text == '\\' && text[1]) || (*text == '[' && set_end(text + 1)))
            return true;
    }
    return false;
}
