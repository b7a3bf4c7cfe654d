/* expand.h - patterns of more than one component, or with a slash at their end. */
#ifndef JAIL_EXPAND_H
#define JAIL_EXPAND_H

#include "daemon/jail/state.h"

/* Where in ask->path the first component stands that is a pattern, not being the name of an entry; 0: there is none. */
size_t pattern_find(const struct jail *jail, struct jail_path *ask);
unsigned pattern_components(const char *pattern);

/* Fills the open listing's names with what the pattern matches, as paths from the listing's directory, sorted.
 * path: of that directory.  0 or the negative of an error: -JAIL_PATTERN where there are too many. */
int expand_pattern(struct jail *jail, const char *path, const char *pattern);

#endif
