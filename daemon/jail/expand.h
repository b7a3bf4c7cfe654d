/* SPDX-License-Identifier: BSD-2-Clause */
/* expand.h - patterns of more than one component, or with a slash at their end. */
#ifndef JAIL_EXPAND_H
#define JAIL_EXPAND_H

#include "daemon/jail/state.h"

/* Finds the first component of ask->path that is a pattern and not the name of an entry.  Its
 * position, or 0. */
size_t pattern_find(const struct jail *jail, struct jail_path *ask);
unsigned pattern_components(const char *pattern);

/* Fills the open listing's names with the matches of the pattern, as sorted paths from the
 * listing's directory, whose path is given. 0 or a negative error; -JAIL_PATTERN: too many. */
int expand_pattern(struct jail *jail, const char *path, const char *pattern);

#endif
