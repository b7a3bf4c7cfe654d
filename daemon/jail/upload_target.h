/* upload_target.h - the file that an upload would replace or write to. */
#ifndef JAIL_UPLOAD_TARGET_H
#define JAIL_UPLOAD_TARGET_H

#include "daemon/jail/state.h"

/* Can a new version take the old one's place by a rename, and have all that it has? */
bool upload_may_replace(const struct jail *jail, int parent, const struct statx *old);

/* The target is locked by a session of ours: may its upload be taken over (law C1)? */
bool upload_may_take_over(const struct jail *jail, const struct place *place);

/* Locks the file under the target's name: upload->target.  0; -JAIL_BUSY; -ENOLCK: its lock can't be
 * had; -ENOENT: there is none; -errno. */
int upload_lock_target(struct upload *upload);

/* The kernel's word on a file that is to be written or, if `replace`, replaced: it is opened for
 * writing, and closed again.  0, -ENOENT, -JAIL_BUSY where another session writes to it, or why not. */
int upload_try(const struct place *place, bool replace);

/* Is another session writing to this name?  0 or -JAIL_BUSY.  *guard
 * keeps such a writer away until it is closed (or is -1). */
int upload_guard(const struct place *place, int *guard);

#endif
