/* access.h - what the kernel will allow, told from the mode bits without
 * trying: for the perm fact (RFC 3659 section 7.5.5) and for refusals before
 * the 150 (law U1).  ACLs are not seen; the kernel has the last word. */
#ifndef JAIL_ACCESS_H
#define JAIL_ACCESS_H

#include "daemon/protocol/auth_jail.h"

#include <stdbool.h>
#include <sys/stat.h>

enum { ACCESS_READ = 4, ACCESS_WRITE = 2, ACCESS_SEARCH = 1 };

/* Is it one of the user's groups? */
bool access_in_group(const struct jail_who *who, uint32_t gid);

/* What who may do with it: a set of the above. */
unsigned access_bits(const struct jail_who *who, const struct statx *about);

/* May names be made and removed in a directory with these bits? */
bool access_changes(unsigned bits);

/* Does the directory's sticky bit keep who from removing or replacing this entry? */
bool access_sticks(const struct jail_who *who, const struct statx *directory, const struct statx *entry);

/* Asks the kernel whether a name can be made in the directory, without making
 * one.  0, -EACCES or -EROFS; 0 too where it can't be told beforehand. */
int access_creates(const struct jail_who *who, int directory);

#endif
