/* running.h - does a daemon run with this configuration? */
#ifndef CHECKUP_RUNNING_H
#define CHECKUP_RUNNING_H

#include "daemon/config/config.h"

#include <sys/types.h>

/* The process that pid_file names, where it is a wardftpd; else 0. */
pid_t running_pid(const struct config *config);

#endif
