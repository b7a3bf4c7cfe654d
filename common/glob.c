/* glob.c - patterns of LIST, NLST and STAT (law N2).  In JAIL and the client;
 * pure.  A "*" that fails to match is retried one byte further, and only the
 * last "*" is ever retried: time is bounded by the product of the lengths. */
#include "common/path.h"

#include <string.h>

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

/* Matches the pattern's next element against one byte; what follows the
 * element, or NULL.  The element is no "*" and the pattern is not at its end. */
static const char *match_one(const char *pattern, char byte)
{
    const char *end;
    switch (*pattern) {
    case '?':
        return pattern + 1;
    case '[':
        end = set_end(pattern + 1);
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

bool glob_match(const char *pattern, const char *text)
{
    const char *after_star = NULL;
    const char *retry = NULL;
    while (*text) {
        if (*pattern == '*') {
            after_star = ++pattern;
            retry = text;
            continue;
        }
        const char *next = *pattern ? match_one(pattern, *text) : NULL;
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

bool glob_is_pattern(const char *text)
{
    for (; *text; text++) {
        if (*text == '*' || *text == '?' || (*text == '\\' && text[1]) || (*text == '[' && set_end(text + 1)))
            return true;
    }
    return false;
}
