/* SPDX-License-Identifier: BSD-2-Clause */
/* file_info.h - what NET may learn of a file. */
#ifndef JAIL_FILE_INFO_H
#define JAIL_FILE_INFO_H

#include "daemon/protocol/net_jail.h"

#include <stdbool.h>
#include <sys/stat.h>

struct jail;

void file_info_fill(const struct statx *about, struct jail_file *file);

/* statx of what path names, or, where follow, of what it leads to.  If nothing has that name,
 * an upload that a killed session left under it is settled first (law U3).  0 or -errno. */
int file_info_look(const struct jail *jail, char *path, bool follow, unsigned mask,
                   struct statx *about);

/* May the user know of what path names, or leads to?  Not asked of directories, which guests
 * may enter anywhere.  0; -JAIL_UPLOADED: it lies where uploads are not shown; -errno. */
int file_info_may_see(const struct jail *jail, char *path, bool follow);

#endif
