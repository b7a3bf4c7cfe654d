/* SPDX-License-Identifier: BSD-2-Clause */
/* read_file.h - reads a file that the master opened into memory, and finds out
 * whether it has changed since. */
#ifndef AUTH_READ_FILE_H
#define AUTH_READ_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* Reads the whole regular file with pread(2), at most `most` bytes.  Returns its
 * text with a NUL at the end, to be freed; *size is without that NUL; *about as
 * before the read.  NULL: errno (EFBIG: larger than most). */
char *read_file(int fd, size_t most, size_t *size, struct stat *about);

/* Has it been written, replaced, renamed or got other permissions since `then`? */
bool file_has_changed(int fd, const struct stat *then);

#endif
