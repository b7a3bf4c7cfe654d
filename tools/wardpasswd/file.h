/* SPDX-License-Identifier: BSD-2-Clause */
/* file.h - the user file: lines of passwd(5)'s seven fields, edited in memory
 * and replaced whole.  What is not edited stays as it is, byte for byte:
 * comments, blank lines, lines that are no entry, their order and ends.
 *
 * Functions that can fail return 0 or an exit code, after one complaint. */
#ifndef WARDPASSWD_FILE_H
#define WARDPASSWD_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

enum field {
    FIELD_NAME,
    FIELD_HASH,
    FIELD_UID,
    FIELD_GID,
    FIELD_GECOS,
    FIELD_HOME,
    FIELD_SHELL,
    FIELDS
};

/* Bytes of the file, not NUL-ended; good until the next edit. */
struct span {
    const char *text;
    size_t length;
};

struct entry {
    size_t at;     /* offset of its line */
    size_t length; /* of the line, with its LF */
    size_t number; /* of the line, from 1 */
    bool whole;    /* it has seven fields; if not, only the name is set */
    struct span fields[FIELDS];
};

struct user_file {
    /* symbolic links resolved, so that the file is replaced and not a link to it */
    char path[PATH_MAX];
    int lock; /* of path.lock, or -1 */
    bool exists;
    struct stat meta;
    char *bytes;
    size_t length;
};

/* Reads the file as it is now.  One that does not exist is empty where it may be made. */
int file_read(struct user_file *file, const char *path, bool may_be_made);

/* The same for an edit: waits for a lock, which file_close releases. */
int file_open(struct user_file *file, const char *path, bool may_be_made);

/* Wipes what was read and lets others in.  A zeroed struct with lock -1, or twice: fine. */
void file_close(struct user_file *file);

/* The next line that is neither blank nor a comment.  Begin with a zeroed entry; false at the
 * end. */
bool file_next(const struct user_file *file, struct entry *entry);

/* The one whole entry of that name.  EX_NOUSER: there is none; EX_DATAERR: it is broken or there
 * are several. */
int file_find(const struct user_file *file, const char *name, struct entry *entry);

/* Replaces n bytes at an offset, in memory. */
int file_splice(struct user_file *file, size_t at, size_t n, const char *text, size_t length);

/* Appends a line, in memory; text without LF. */
int file_append(struct user_file *file, const char *text);

/* Puts the edited bytes in the file's place: all of them or none, also if the machine stops. */
int file_replace(struct user_file *file);

bool span_is(struct span span, const char *text);

#endif
