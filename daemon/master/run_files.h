/* SPDX-License-Identifier: BSD-2-Clause */
/* run_files.h - the empty root and the pid file. */
#ifndef MASTER_RUN_FILES_H
#define MASTER_RUN_FILES_H

#include "daemon/master/complaint.h"

struct master;

/* Makes and opens the empty root.  0, or -errno after a complaint. */
int run_files_open_root(struct master *master, const struct complaint *to);

/* Writes the pid file, and locks it as long as the master runs.  0, or -errno after a complaint. */
int run_files_write_pid(struct master *master, const struct complaint *to);
void run_files_remove_pid(const struct master *master);

#endif
