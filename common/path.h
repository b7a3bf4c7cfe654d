/* path.h - FTP path names: bytes, made absolute from the user's root by the
 * text alone.  "." and ".." and doubled slashes are taken out here, so that
 * what JAIL gets is the name that PWD would show.  Pure. */
#ifndef COMMON_PATH_H
#define COMMON_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Joins name to the absolute directory cwd (an absolute name replaces it) into
 * to, normal: begins with "/", no trailing slash but the root's own.  ".."
 * stops at the root.  False: longer than room - 1 bytes. */
bool path_join(const char *cwd, const char *name, char *to, size_t room);

/* Is it what path_join makes: absolute and normal? */
bool path_is_normal(const char *path);

/* The last component ("" of "/"), a pointer into path. */
const char *path_last(const char *path);

/* The text between quotes of a 257 reply: quotes doubled (RFC 959 app. II). False: room. */
bool path_quote(const char *path, char *to, size_t room);

/* Does text match pattern?  *, ?, [set], [!set], backslash; bytes; without recursion, in steps that are
 * bounded by the product of the two lengths. */
bool glob_match(const char *pattern, const char *text);
/* The same; adds the steps that it took, which are some nanoseconds each. */
bool glob_match_counted(const char *pattern, const char *text, uint64_t *steps);
/* Has it a character that glob_match treats as other than itself? */
bool glob_is_pattern(const char *text);

#endif
