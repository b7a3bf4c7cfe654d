/* SPDX-License-Identifier: BSD-2-Clause */
/* files.h - opens what auth reads and the scribe writes, and hands it over. */
#ifndef MASTER_FILES_H
#define MASTER_FILES_H

#include "daemon/protocol/from_master.h"
#include "daemon/protocol/to_net.h"

#include <stdint.h>

struct master;

/* Hands fd over and closes it; -1: does nothing. */
void files_give(struct master *master, enum shared_role role, enum fm_file which, uint32_t index,
                int fd);

/* -1: errno, logged. */
int files_open_to_read(const char *path);

/* The user files and the group file, to auth. */
void files_give_users(struct master *master);

/* Gives auth the group file where it has appeared. */
void files_tick(struct master *master);

/* The logs, to the scribe; syslog takes the place of a log that cannot be opened. */
void files_give_logs(struct master *master);

/* Logs that, where it is so. */
void files_warn_of_lost_log(const struct master *master);

#endif
