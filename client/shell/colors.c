/* SPDX-License-Identifier: BSD-2-Clause */
/* colors.c - LS_COLORS. */
#include "client/shell/colors.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { COLOR_SIZE = 32 };

bool colors_wanted(void)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return !(no && no[0]) && term && term[0] && strcmp(term, "dumb") != 0;
}

/* Takes a value of LS_COLORS; only digits and ";" reach the terminal. */
static bool take_value(const char *value, size_t n, char to[COLOR_SIZE])
{
    if (n == 0 || n >= COLOR_SIZE || strspn(value, "0123456789;") < n)
        return false;
    memcpy(to, value, n);
    to[n] = '\0';
    return true;
}

/* The value of a key of two letters, "di". */
static bool find_kind(const char *all, const char *kind, char to[COLOR_SIZE])
{
    while (all && *all) {
        const size_t n = strcspn(all, ":");
        if (n > 3 && strncmp(all, kind, 2) == 0 && all[2] == '=')
            return take_value(all + 3, n - 3, to);
        all += n + (all[n] == ':');
    }
    return false;
}

/* That of the last "*.tar=" that the name ends with. */
static bool find_ending(const char *all, const char *name, char to[COLOR_SIZE])
{
    const size_t length = strlen(name);
    bool found = false;
    while (all && *all) {
        const size_t n = strcspn(all, ":");
        const char *equals = memchr(all, '=', n);
        const size_t ending = equals && all[0] == '*' ? (size_t)(equals - all) - 1 : 0;
        if (ending > 0 && ending <= length &&
            strncasecmp(name + length - ending, all + 1, ending) == 0)
            found = take_value(equals + 1, n - ending - 2, to) || found;
        all += n + (all[n] == ':');
    }
    return found;
}

static const char *kind_of(const struct entry *entry)
{
    switch (entry->type) {
    case ENTRY_DIRECTORY:
        return "di";
    case ENTRY_LINK:
        return "ln";
    default:
        return entry->mode > 0 && (entry->mode & 0111) ? "ex" : "fi";
    }
}

static const char *usual(const char *kind)
{
    static const char *const colors[][2] = { { "di", "01;34" },
                                             { "ln", "01;36" },
                                             { "ex", "01;32" } };
    for (size_t i = 0; i < sizeof colors / sizeof colors[0]; i++)
        if (strcmp(colors[i][0], kind) == 0)
            return colors[i][1];
    return NULL;
}

const char *color_of(const struct entry *entry)
{
    static char color[COLOR_SIZE];
    const char *all = getenv("LS_COLORS"), *kind = kind_of(entry);
    if (strcmp(kind, "fi") == 0 && find_ending(all, entry->name, color))
        return color;
    if (find_kind(all, kind, color))
        return color;
    return usual(kind);
}
