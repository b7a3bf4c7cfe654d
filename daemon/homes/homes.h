/* SPDX-License-Identifier: BSD-2-Clause */
/* homes.h - makes one home.  Runs as uid 0 with CAP_CHOWN alone; its root is the
 * directory of the homes, which root owns and only root can write to. */
#ifndef HOMES_H
#define HOMES_H

#include "daemon/config/config.h"
#include "daemon/protocol/errand.h"
#include "daemon/roles.h"

#include <stddef.h>

/* The name of a home that is not finished: no user's, as theirs begin with no dot. */
#define UNFINISHED ".wardftpd-new"

_Noreturn void homes_run(struct config *config, const struct role_ids *ids);
const char *homes_rehearse(enum role role);

/* Makes the home `name` in the root for this user, with the files of the image at `skeleton` (-1:
 * none).  0, or an errno: EEXIST, there is something of that name. */
int home_make(const char *name, uid_t uid, gid_t gid, int skeleton);

/* copy.c: writes the files of the image into the directory, and gives all of it to the user.  0, or
 * an errno. */
int skeleton_copy(int directory, int skeleton, uid_t uid, gid_t gid);

/* clear.c: removes the directory `name` of `parent` with all that is in it.  0 (also if there is
 * none), or an errno. */
int directory_clear(int parent, const char *name);

/* open.c: below the directory, through no symbolic link.  A descriptor, or -1 with errno. */
int open_below(int directory, const char *path, int flags, mode_t mode);

#endif
