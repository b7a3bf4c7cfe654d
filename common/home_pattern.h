/* SPDX-License-Identifier: BSD-2-Clause */
/* home_pattern.h - `home = /srv/ftp/%u`: the homes of users whose row of the user
 * file names none.  Pure. */
#ifndef COMMON_HOME_PATTERN_H
#define COMMON_HOME_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

/* An absolute path without empty parts, "." and "..", with %u once or not at all, and no other
 * "%". */
bool home_pattern_is_valid(const char *pattern);

/* Can the name be part of a path?  Not if it is empty, has a slash or a control byte, or begins
 * with a dot. */
bool home_name_is_valid(const char *name);

/* Puts the name in the place of %u.  False: no part of a path, or longer than the room. */
bool home_pattern_expand(const char *pattern, const char *name, char *to, size_t room);

/* The bytes before the last slash: the directory that the homes are in.  0: %u is not in the last
 * part alone, or the homes are in the root. */
size_t home_pattern_fixed(const char *pattern);

#endif
