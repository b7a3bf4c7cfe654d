/* SPDX-License-Identifier: BSD-2-Clause */
/* home_pattern.c - patterns of homes. */
#include "common/home_pattern.h"

#include "common/path.h"
#include "common/text.h"

#include <string.h>

static const char mark[] = "%u";

bool home_pattern_is_valid(const char *pattern)
{
    const char *percent = strchr(pattern, '%');
    if (!path_is_normal(pattern) || strcmp(pattern, "/") == 0)
        return false;
    return !percent || (strncmp(percent, mark, strlen(mark)) == 0 && !strchr(percent + 1, '%'));
}

bool home_name_is_valid(const char *name)
{
    if (!*name || *name == '.')
        return false;
    for (; *name; name++) {
        if (*name == '/' || (unsigned char)*name < ' ' || *name == 0x7f)
            return false;
    }
    return true;
}

bool home_pattern_expand(const char *pattern, const char *name, char *to, size_t room)
{
    const char *place = strstr(pattern, mark);
    if (!place)
        return text_copy(to, room, pattern);
    return home_name_is_valid(name) && text_format(to, room, "%.*s%s%s", (int)(place - pattern),
                                                   pattern, name, place + strlen(mark));
}

size_t home_pattern_fixed(const char *pattern)
{
    const char *slash = strrchr(pattern, '/');
    const char *place = strstr(pattern, mark);
    return slash && place && slash < place ? (size_t)(slash - pattern) : 0;
}
