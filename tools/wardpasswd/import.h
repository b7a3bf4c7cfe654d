/* SPDX-License-Identifier: BSD-2-Clause */
/* import.h - rows of other servers' user files, one function a format. */
#ifndef WARDPASSWD_IMPORT_H
#define WARDPASSWD_IMPORT_H

#include "tools/wardpasswd/commands.h"
#include "tools/wardpasswd/file.h"

enum { FOREIGN_FIELDS = 18 }; /* the most: Pure-FTPd's */

/* One line, cut at its colons. */
struct foreign {
    const char *path;
    size_t number;
    struct span fields[FOREIGN_FIELDS];
    size_t count;
};

/* What a line gives for a row of the user file; what it does not give is empty. */
struct found {
    struct span hash, uid, gid, gecos, home, shell;
};

struct import;

/* Fills in *found.  False, after import_leave: the row cannot come. */
typedef bool import_row(struct import *import, const struct foreign *line, struct found *found);

struct format {
    const char *name;
    import_row *row;
    size_t least, most; /* of fields */
};

extern const struct format import_formats[];
extern const size_t import_format_count;

/* A part of the line that does not come, or not as it is; the row comes. */
void import_note(const struct foreign *line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The row does not come.  Returns false. */
bool import_leave(struct import *import, const struct foreign *line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The row of that name in the second file, in the form of passwd(5); false: there is none. */
bool import_account(const struct import *import, struct span name, struct entry *entry);

/* -u, -g and -d of the command line; empty: not given. */
struct span import_option_uid(const struct import *import);
struct span import_option_gid(const struct import *import);

#endif
