/* SPDX-License-Identifier: BSD-2-Clause */
/* log_time.h - times of log lines and of the command line. */
#ifndef WARDCTL_LOG_TIME_H
#define WARDCTL_LOG_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads the time that a line begins with: ISO 8601, with Z or an offset, or
 * syslog's "Nov 24 05:17:00" in local time and of the year before now.  Its
 * length; 0: there is none. */
size_t log_time_read(const char *text, int64_t now, int64_t *seconds);

/* A time as --since and --until take it: 2026-11-24, 2026-11-24T05:17[:00], both local or, with a
 * Z, UTC; today, yesterday; or 30m, 2h, 7d before now. */
bool log_time_parse(const char *text, int64_t now, int64_t *seconds);

#endif
