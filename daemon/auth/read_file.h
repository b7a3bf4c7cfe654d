/* read_file.h - a file that the master opened, read into memory; and whether it
 * has changed since. */
#ifndef AUTH_READ_FILE_H
#define AUTH_READ_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* Reads the whole regular file with pread(2), from its start, at most `most`
 * bytes.  Its text, NUL-ended, to be freed; *size without that NUL; *about as
 * it was before the first byte was read.  NULL: errno (EFBIG: larger than most). */
char *read_file(int fd, size_t most, size_t *size, struct stat *about);

/* Has it been written, replaced, renamed or given other rights since `then`? */
bool file_has_changed(int fd, const struct stat *then);

#endif
