/* SPDX-License-Identifier: BSD-2-Clause */
/* attributes.h - what a new version of a file keeps of the old one (law U2):
 * owner, group, mode, ACL and attributes.  Set-user-ID, set-group-ID and file
 * capabilities are lost, as with any write. */
#ifndef JAIL_ATTRIBUTES_H
#define JAIL_ATTRIBUTES_H

#include "daemon/protocol/auth_jail.h"

#include <stdbool.h>
#include <sys/stat.h>

struct jail;

/* Can a file that this user creates have the old one's owner, group and links, as far as statx
 * shows? */
bool attributes_fit(const struct jail_who *who, const struct statx *old);

/* Copies the attributes of the old file to the new one, whose group is given. 0, or -errno: it
 * can't have them all. */
int attributes_take(int old, const struct statx *about, int new, uint32_t group);

/* Sets the mode of a new file, from the policy, the umask and the default ACL of its directory.
 * parent: O_PATH; directory: the same, open for reading, or -errno. */
void attributes_of_new(const struct jail *jail, int parent, int directory, int fd);

#endif
