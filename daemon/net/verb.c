/* SPDX-License-Identifier: BSD-2-Clause */
/* verb.c - runs in NET, without privilege; reads the client's lines. */
#include "daemon/net/verb.h"

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

size_t verb_match(const char *line, const char *verb)
{
    size_t n = 0;
    for (; *verb; verb++) {
        if (upper(line[n]) != *verb)
            return 0;
        n++;
        while (*verb == ' ' && line[n] == ' ')
            n++;
    }
    return line[n] == '\0' || line[n] == ' ' ? n : 0;
}
