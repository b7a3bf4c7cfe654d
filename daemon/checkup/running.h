/* SPDX-License-Identifier: BSD-2-Clause */
/* running.h - does a daemon run with this configuration? */
#ifndef CHECKUP_RUNNING_H
#define CHECKUP_RUNNING_H

#include "daemon/config/config.h"

#include <sys/types.h>

/* The process in pid_file, if it is a wardftpd; otherwise 0. */
pid_t running_pid(const struct config *config);

#endif
