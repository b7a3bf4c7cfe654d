/* SPDX-License-Identifier: BSD-2-Clause */
/* upload_target.h - the file that an upload would replace or write to. */
#ifndef JAIL_UPLOAD_TARGET_H
#define JAIL_UPLOAD_TARGET_H

#include "daemon/jail/state.h"

/* Can a new version replace the old one by a rename, and have all its attributes? */
bool upload_may_replace(const struct jail *jail, int parent, const struct statx *old);

/* Another session has locked the target: may its upload be taken over (law C1)? */
bool upload_may_take_over(const struct jail *jail, const struct place *place);

/* Locks the file under the target's name: upload->target.  0; -JAIL_BUSY; -ENOLCK: its lock can't
 * be had; -ENOENT: there is none; -errno. */
int upload_lock_target(struct upload *upload);

/* Asks the kernel whether the file may be written to or, with `replace`, replaced: opens it for
 * writing, and closes it. 0; -ENOENT; -JAIL_BUSY: another session writes to it; another error. */
int upload_try(const struct place *place, bool replace);

/* Is another session writing to this name? 0 or -JAIL_BUSY.  *guard keeps such a writer away until
 * it is closed; -1: there is no file. */
int upload_guard(const struct place *place, int *guard);

#endif
