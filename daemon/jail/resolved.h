/* SPDX-License-Identifier: BSD-2-Clause */
/* resolved.h - resolves a path to text, for rules about names (`deny`,
 * `hide`), so that no symbolic link leads around them. */
#ifndef JAIL_RESOLVED_H
#define JAIL_RESOLVED_H

#include <stdbool.h>

/* Does a component of the path, as written or as resolved, match a pattern of the list? follow:
 * whether to follow a link at its end.  A path that can't be resolved matches. */
bool resolved_fits(int root, const char *path, bool follow, const char *patterns);

/* The same for the path as written. */
bool written_fits(const char *path, const char *patterns);

#endif
