/* attributes.h - what a new version of a file takes over from the old one (law
 * U2): owner, group, mode, ACL and attributes.  Set-user-ID, set-group-ID and
 * file capabilities go, as by any write. */
#ifndef JAIL_ATTRIBUTES_H
#define JAIL_ATTRIBUTES_H

#include "daemon/protocol/auth_jail.h"

#include <stdbool.h>
#include <sys/stat.h>

struct jail;

/* Can a file that this user makes have the old one's owner, group and links?  Told by what statx says;
 * the kernel has the last word. */
bool attributes_fit(const struct jail_who *who, const struct statx *old);

/* Gives the new file, which is of this group, all that the old one has.  0, or -errno where that can't be. */
int attributes_take(int old, const struct statx *about, int new, uint32_t group);

/* Gives a file that has just been made its mode: by the policy, the umask, and the default ACL of its
 * directory, which is open for reading, too (or -errno). */
void attributes_of_new(const struct jail *jail, int parent, int directory, int fd);

#endif
