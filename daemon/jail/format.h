/* SPDX-License-Identifier: BSD-2-Clause */
/* format.h - formats the lines of listings: as `ls -l`, bare names, and facts
 * (RFC 3659 section 7).  No system calls. */
#ifndef JAIL_FORMAT_H
#define JAIL_FORMAT_H

#include "common/zone.h"
#include "daemon/protocol/net_jail.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* Output: at most `room` bytes.  Text that does not fit is dropped and sets `full`. */
struct out {
    char *text;
    size_t room, used;
    bool full;
};

/* What MLSD shows.  A link to a file is shown as that file, so that clients that know no links can
 * fetch it.  A link to a directory is not shown as a directory, because a client that deletes a
 * tree would follow it, but as "OS.unix=slink:TARGET", which FileZilla and lftp understand and
 * ProFTPD uses as well. */
enum shown { SHOWN_FILE, SHOWN_DIRECTORY, SHOWN_CURRENT, SHOWN_PARENT, SHOWN_LINK, SHOWN_OTHER };

enum { PERM_SIZE = 16 };

struct entry {
    const char *prefix;   /* before the name ("DIR/"); never NULL */
    size_t prefix_length; /* in bytes */
    const char *name;
    const char *target; /* of a symbolic link, or NULL */
    struct statx about;
    const char *owner, *group; /* long lines: names; NULL: the numbers */
    /* statx failed: only the type in about.stx_mode is valid, if known */
    bool unknown;
    enum shown shown;     /* facts */
    char perm[PERM_SIZE]; /* facts */
};

/* Can the name be part of a list that is read line by line?  Not with LF or CR. */
bool format_travels(const char *name);

/* drwxr-xr-x   2 1000     1000         4096 Nov 24 05:12 name; zone: NULL for UTC */
void format_long(struct out *out, const struct entry *entry, int64_t now, const struct zone *zone);
void format_name(struct out *out, const struct entry *entry);
void format_facts(struct out *out, const struct entry *entry, uint32_t facts);

/* What the letters of the perm fact depend on. */
struct perm_grounds {
    uint32_t rights;   /* enum right */
    unsigned bits;     /* of access.h, on the file itself */
    bool name_is_free; /* the kernel permits to rename or remove it */
    bool directory;
    uint32_t withheld; /* PERM_BITs: their commands are refused */
};

void format_perm(const struct perm_grounds *grounds, char perm[PERM_SIZE]);

#endif
