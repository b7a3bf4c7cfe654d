/* SPDX-License-Identifier: BSD-2-Clause */
/* group_line.h - one line of a file in the form of group(5):
 * `name:password:gid:member,member`. */
#ifndef COMMON_GROUP_LINE_H
#define COMMON_GROUP_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct group_line {
    const char *name;    /* both name and members point into the line */
    const char *members; /* separated by commas */
    uint32_t gid;
};

enum group_line_kind {
    GROUP_LINE_GROUP,
    GROUP_LINE_NONE, /* empty, a comment, or one of NIS ("+", "-") */
    GROUP_LINE_BROKEN,
};

/* Reads a line without its line feed; its colons become NULs.  Fills in
 * *group for GROUP_LINE_GROUP only. */
enum group_line_kind group_line_parse(char *line, struct group_line *group);

/* Copies the first of the members at `at` into name and returns where the next begins; NULL: there
 * is none. */
const char *group_line_next(const char *at, char *name, size_t room);

/* Is the user a member by name? */
bool group_line_names(const struct group_line *group, const char *user);

#endif
