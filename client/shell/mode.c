/* SPDX-License-Identifier: BSD-2-Clause */
/* mode.c - symbolic modes. */
#include "client/shell/mode.h"

#include <stdlib.h>
#include <string.h>

enum {
    USER = 0700,
    GROUP = 0070,
    OTHER = 0007,
    EACH_READ = 0444,
    EACH_WRITE = 0222,
    EACH_RUN = 0111
};

static bool is_octal(const char *text)
{
    const size_t n = strlen(text);
    return n >= 3 && n <= 4 && strspn(text, "01234567") == n;
}

/* One of u, g, o for each of three bits; copies those of `from` to all three. */
static unsigned copied(char from, unsigned old)
{
    const unsigned bits = from == 'u' ? old >> 6 : from == 'g' ? old >> 3 : old;
    return (bits & 7) * 0111;
}

/* The bits of one letter behind the operator. */
static unsigned bits_of(char letter, unsigned old, bool directory)
{
    switch (letter) {
    case 'r':
        return EACH_READ;
    case 'w':
        return EACH_WRITE;
    case 'x':
        return EACH_RUN;
    case 'X':
        return directory || (old & EACH_RUN) ? EACH_RUN : 0;
    default:
        return copied(letter, old);
    }
}

static unsigned who_of(const char *at, size_t n)
{
    unsigned who = 0;
    for (size_t i = 0; i < n; i++)
        who |= at[i] == 'u' ? USER : at[i] == 'g' ? GROUP : at[i] == 'o' ? OTHER : 0777;
    return n ? who : 0777;
}

/* Applies "u+rw-x", up to the comma or end.  False: malformed. */
static bool apply_clause(const char **text, unsigned *mode, bool directory)
{
    const char *at = *text;
    const size_t n = strspn(at, "ugoa");
    const unsigned who = who_of(at, n);
    at += n;
    if (!*at || !strchr("+-=", *at))
        return false;
    while (*at && strchr("+-=", *at)) {
        const char operation = *at++;
        unsigned bits = 0;
        for (; *at && strchr("rwxXugo", *at); at++)
            bits |= bits_of(*at, *mode, directory) & who;
        if (operation == '=')
            *mode = (*mode & ~who) | bits;
        else
            *mode = operation == '+' ? *mode | bits : *mode & ~bits;
    }
    *text = at;
    return *at == '\0' || *at == ',';
}

static bool apply_all(const char *text, unsigned *mode, bool directory)
{
    for (;;) {
        if (!apply_clause(&text, mode, directory))
            return false;
        if (!*text)
            return true;
        text++;
    }
}

bool mode_is_valid(const char *text, bool *symbolic)
{
    unsigned mode = 0;
    *symbolic = !is_octal(text);
    return !*symbolic || apply_all(text, &mode, false);
}

unsigned mode_apply(const char *text, unsigned old, bool directory)
{
    unsigned mode = old & 0777;
    if (is_octal(text))
        return (unsigned)strtoul(text, NULL, 8);
    (void)apply_all(text, &mode, directory);
    return mode;
}
