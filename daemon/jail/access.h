/* SPDX-License-Identifier: BSD-2-Clause */
/* access.h - predicts from the mode bits what the kernel will permit: for the
 * perm fact (RFC 3659 section 7.5.5) and for refusals before the 150 (law
 * U1).  It ignores ACLs; the kernel decides in the end. */
#ifndef JAIL_ACCESS_H
#define JAIL_ACCESS_H

#include "daemon/protocol/auth_jail.h"

#include <stdbool.h>
#include <sys/stat.h>

enum { ACCESS_READ = 4, ACCESS_WRITE = 2, ACCESS_SEARCH = 1 };

/* Is it one of the user's groups? */
bool access_in_group(const struct jail_who *who, uint32_t gid);

/* What the user may do with it: a set of the above. */
unsigned access_bits(const struct jail_who *who, const struct statx *about);

/* May names be created and removed in a directory with these bits? */
bool access_changes(unsigned bits);

/* Does the directory's sticky bit keep the user from removing or replacing this entry? */
bool access_sticks(const struct jail_who *who, const struct statx *directory,
                   const struct statx *entry);

/* Can a name be created in the directory? 0, -EACCES or -EROFS; 0 also if that can't be known
 * without creating one. */
int access_creates(const struct jail_who *who, int directory);

#endif
