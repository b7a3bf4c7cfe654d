/* SPDX-License-Identifier: BSD-2-Clause */
/* upload_held.h - what an open upload holds: its file, its claim, its
 * directory. */
#ifndef JAIL_UPLOAD_HELD_H
#define JAIL_UPLOAD_HELD_H

#include "daemon/jail/state.h"

/* Opens upload->directory, once. */
void upload_open_directory(struct upload *upload);

/* Syncs new names to the disk. 0 or -errno. */
int upload_sync_directory(struct upload *upload);

/* Syncs the file to the disk, if the policy wants that; once. 0 or -errno. */
int upload_sync_file(const struct jail *jail, struct upload *upload);

/* Parts of the target stay: keeps the claim, so that sessions that find it look for them. */
void upload_mark(struct upload *upload);

/* Closes all that an upload holds, and removes its claim.  0 or the -errno of close(2). */
int upload_let_go(struct upload *upload);

#endif
