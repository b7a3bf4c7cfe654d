/* SPDX-License-Identifier: BSD-2-Clause */
/* rights.h - what the user may do where.  Rights depend on the place only for
 * guests with an upload directory: in and below it they may create new files,
 * but not read, change or see any.  A place is the directory that holds the
 * name, as it was opened; its path does not matter, so that no symbolic link
 * leads around the rules. */
#ifndef JAIL_RIGHTS_H
#define JAIL_RIGHTS_H

#include "daemon/jail/state.h"

/* Finds the upload directory.  Called before each request, so that a session can't read in one that
 * was created after its log-in.  Logs once why there is none: guests can upload nothing then. */
void rights_find_uploads(struct jail *jail);

/* Where an open directory is, and the rights there. */
enum area rights_area(const struct jail *jail, int directory);
uint32_t rights_in(const struct jail *jail, enum area area);

/* Is it the upload directory itself? */
bool rights_is_uploads(const struct jail *jail, const struct statx *about);

/* Has the user one of these rights anywhere? */
bool may(const struct jail *jail, uint32_t rights);

/* Has the user one of these rights in this directory? 0; else -JAIL_DENIED, -JAIL_NOT_HERE or
 * -JAIL_UPLOADED. */
int rights_check(const struct jail *jail, int directory, uint32_t rights);

/* Do several people upload here as the same user?  Then none takes over another one's upload. */
bool rights_are_shared(const struct jail *jail, int directory);

/* Must the user not see names in this area? */
bool rights_hide(const struct jail *jail, enum area area);

#endif
