/* SPDX-License-Identifier: BSD-2-Clause */
/* log_files.h - the lines of log files, rotated and compressed ones too. */
#ifndef WARDCTL_LOG_FILES_H
#define WARDCTL_LOG_FILES_H

#include <stdbool.h>
#include <stddef.h>

enum { LOG_LINE_SIZE = 512 * 1024 }; /* a longer line is cut; the server writes none */

/* Takes one line: its text without the line end, which it may change; whether there was
 * one; which file and line it is.  False: enough. */
typedef bool log_taker(void *context, char *text, bool ended, const char *file, size_t number);

/* Calls take for each line of each file, in this order.  "-": standard input.
 * Compressed files are read through gzip, xz, zstd or bzip2.  0 or an exit code. */
int log_files_read(char *const *files, size_t count, log_taker *take, void *context);

/* The log of the configuration file and what logrotate made of it, the oldest first:
 * *files, to be freed by log_files_free.  0, or an exit code after a complaint. */
int log_files_find(const char *configuration, char ***files, size_t *count);
void log_files_free(char **files, size_t count);

#endif
