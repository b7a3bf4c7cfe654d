/* SPDX-License-Identifier: BSD-2-Clause */
/* upload_alone.h - uploads in place after which JAIL has nothing to do: without
 * a sync, a quota, a limit or a floor, into a file that existed or that stays
 * when the upload fails.  NET gets the only descriptor, and with it the lock, so
 * that closing it ends the upload (law U5).  Only one that fails is settled: a
 * new file that got no byte is removed again (law U1). */
#ifndef JAIL_UPLOAD_ALONE_H
#define JAIL_UPLOAD_ALONE_H

#include "daemon/jail/state.h"

/* Can this upload, which has just begun, be one? */
bool upload_may_be_alone(const struct jail *jail, const struct upload *upload);

/* It is one from now on.  The caller sends upload->fd, and closes it.  0 or -errno: nothing has
 * changed. */
int upload_leave_alone(struct upload *upload);

/* It is over: the next question has come, or the upload has failed, or NET is gone. */
void upload_alone_over(struct upload *upload);
void upload_alone_failed(struct upload *upload);

#endif
