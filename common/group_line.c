/* SPDX-License-Identifier: BSD-2-Clause */
/* group_line.c - the lines of a group file, which the administrator writes.  Pure. */
#include "common/group_line.h"

#include "common/text.h"

#include <string.h>

/* The next field, ended at its colon; NULL: there is none. */
static char *next_field(char **rest)
{
    char *field = *rest;
    if (!field)
        return NULL;
    char *colon = strchr(field, ':');
    *rest = colon ? colon + 1 : NULL;
    if (colon)
        *colon = '\0';
    return field;
}

enum group_line_kind group_line_parse(char *line, struct group_line *group)
{
    uint64_t gid;
    char *rest = line;
    if (line[0] == '\0' || line[0] == '#' || line[0] == '+' || line[0] == '-')
        return GROUP_LINE_NONE;
    const char *name = next_field(&rest);
    const char *password = next_field(&rest);
    const char *number = next_field(&rest);
    const char *members = next_field(&rest);
    if (!password || !number || !members || rest || !name[0] ||
        !number_parse(number, 0, 0xfffffffe, &gid))
        return GROUP_LINE_BROKEN;
    *group = (struct group_line){ .name = name, .members = members, .gid = (uint32_t)gid };
    return GROUP_LINE_GROUP;
}

const char *group_line_next(const char *at, char *name, size_t room)
{
    while (*at == ',')
        at++;
    const size_t n = strcspn(at, ",");
    if (n == 0)
        return NULL;
    (void)text_format(name, room, "%.*s", (int)n, at);
    return at + n;
}

bool group_line_names(const struct group_line *group, const char *user)
{
    const size_t n = strlen(user);
    const char *members = group->members;
    while (*members) {
        const size_t length = strcspn(members, ",");
        if (length == n && memcmp(members, user, n) == 0)
            return true;
        members += length;
        members += *members == ',';
    }
    return false;
}
