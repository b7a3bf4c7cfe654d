/* SPDX-License-Identifier: BSD-2-Clause */
/* path.h - FTP path names: bytes, made absolute by their text alone.  ".", ".." and
 * doubled slashes are removed, so that JAIL gets the name that PWD would show.  Pure. */
#ifndef COMMON_PATH_H
#define COMMON_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Joins name to the absolute directory cwd (an absolute name replaces it).  The
 * result is normal: it begins with "/" and ends with one only if it is the root.
 * ".." stops at the root.  False: longer than room - 1 bytes. */
bool path_join(const char *cwd, const char *name, char *to, size_t room);

/* Is it absolute and normal, as path_join makes it? */
bool path_is_normal(const char *path);

/* The last component ("" of "/"), a pointer into path. */
const char *path_last(const char *path);

/* The path for a 257 reply: its quotes doubled (RFC 959 app. II).  False: no room. */
bool path_quote(const char *path, char *to, size_t room);

/* Does text match pattern (*, ?, [set], [!set], backslash), byte by byte?  Without recursion, in at
 * most as many steps as the product of the two lengths. */
bool glob_match(const char *pattern, const char *text);
/* The same; adds the steps that it took, each a few nanoseconds. */
bool glob_match_counted(const char *pattern, const char *text, uint64_t *steps);
/* Does it have a character that is special to glob_match? */
bool glob_is_pattern(const char *text);

#endif
