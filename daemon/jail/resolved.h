/* resolved.h - where a path really leads, as text: for what is judged by names
 * (`deny`, `hide`), so that no symbolic link leads around it. */
#ifndef JAIL_RESOLVED_H
#define JAIL_RESOLVED_H

#include <stdbool.h>

/* Has the path, or where it leads, a component that fits a pattern of the list?  The last component is
 * followed only where `follow`.  What can't be resolved fits. */
bool resolved_fits(int root, const char *path, bool follow, const char *patterns);

/* The same of a path's own components, as they are written. */
bool written_fits(const char *path, const char *patterns);

#endif
