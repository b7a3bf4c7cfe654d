/* SPDX-License-Identifier: BSD-2-Clause */
/* home.h - makes a home. */
#ifndef WARDPASSWD_HOME_H
#define WARDPASSWD_HOME_H

#include <sys/types.h>

/* Makes the directory, mode 0700, with the files of the directory `skeleton` ("": none), all of it
 * the user's.  One that is the user's already is left as it is.  0 or an exit code, after a
 * complaint. */
int home_create(const char *path, uid_t uid, gid_t gid, const char *skeleton);

#endif
