/* rights.h - what the user may do where.  All places are alike but for guests
 * with an upload directory: in and below it they may put new files, and read,
 * change or see nothing of what is there.  A place is judged by the directory
 * that holds the name, as it was opened: by what it is and not by how its path
 * is written, so that no symbolic link leads around it. */
#ifndef JAIL_RIGHTS_H
#define JAIL_RIGHTS_H

#include "daemon/jail/state.h"

/* Finds what is the upload directory now; called before each request, so that a
 * session which is older than a new directory can't read in it.  Logs once why
 * there is none: guests can upload nothing then. */
void rights_find_uploads(struct jail *jail);

/* Where an open directory is, and what may be done there. */
enum area rights_area(const struct jail *jail, int directory);
uint32_t rights_in(const struct jail *jail, enum area area);

/* Is it the upload directory itself? */
bool rights_is_uploads(const struct jail *jail, const struct statx *about);

/* Has the user one of these rights anywhere? */
bool may(const struct jail *jail, uint32_t rights);

/* Has the user one of them in this directory?  0 or the refusal: -JAIL_DENIED, -JAIL_NOT_HERE, -JAIL_UPLOADED. */
int rights_check(const struct jail *jail, int directory, uint32_t rights);

/* Are there people in this area who upload as the same user?  Then none takes over what another began. */
bool rights_are_shared(const struct jail *jail, int directory);

/* Are there names in this area that the user is not to see? */
bool rights_hide(const struct jail *jail, enum area area);

#endif
