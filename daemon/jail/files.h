/* files.h - what several of JAIL's answers tell of a file. */
#ifndef JAIL_FILES_H
#define JAIL_FILES_H

#include "daemon/protocol/net_jail.h"

#include <stdbool.h>
#include <sys/stat.h>

struct jail;

void files_tell(const struct statx *about, struct jail_file *file);

/* statx of what path names, or, where follow, of what it leads to.  Where
 * nothing has that name, an upload that a dead session left under it is settled
 * first (law U3).  0 or -errno. */
int files_look(const struct jail *jail, char *path, bool follow, unsigned mask, struct statx *about);

/* May the user know of what path names, or leads to?  Asked of all but directories, which
 * guests may enter wherever they stand.  0; -JAIL_UPLOADED: it lies where uploads are not shown; -errno. */
int files_judge_sight(const struct jail *jail, char *path, bool follow);

#endif
