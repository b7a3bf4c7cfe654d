/* format.h - the lines of listings: as `ls -l` prints them, bare names, and
 * facts (RFC 3659 section 7).  Pure: all that a line tells is given. */
#ifndef JAIL_FORMAT_H
#define JAIL_FORMAT_H

#include "common/zone.h"
#include "daemon/protocol/net_jail.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* Where lines go: at most room bytes; what does not fit sets full and is dropped. */
struct out {
    char *text;
    size_t room, used;
    bool full;
};

/* What MLSD says it is.  A link to a file is shown as that file, so that clients
 * that know no links can fetch it.  One to a directory is not shown as a
 * directory: a client that deletes a tree would follow it.  It is
 * "OS.unix=slink:TARGET", as ProFTPD has it, which FileZilla and lftp read. */
enum shown { SHOWN_FILE, SHOWN_DIRECTORY, SHOWN_CURRENT, SHOWN_PARENT, SHOWN_LINK, SHOWN_OTHER };

enum { PERM_ROOM = 16 };

struct entry {
    const char *prefix;   /* what stands before the name ("DIR/"); never NULL */
    size_t prefix_length; /* in bytes */
    const char *name;
    const char *target; /* of a symbolic link, or NULL */
    struct statx about;
    const char *owner, *group; /* long lines: names, or NULL: the numbers */
    bool unknown;         /* it can't be looked at: of about only the kind in stx_mode is known, if that */
    enum shown shown;     /* facts */
    char perm[PERM_ROOM]; /* facts */
};

/* Can the name stand in a list that is read line by line?  Not one with LF or CR. */
bool format_travels(const char *name);

/* drwxr-xr-x   2 1000     1000         4096 Nov 24 05:12 name; zone: NULL for UTC */
void format_long(struct out *out, const struct entry *entry, int64_t now, const struct zone *zone);
void format_name(struct out *out, const struct entry *entry);
void format_facts(struct out *out, const struct entry *entry, uint32_t facts);

/* What decides over the letters of the perm fact. */
struct perm_grounds {
    uint32_t rights;   /* enum right */
    unsigned bits;     /* of access.h, on the thing itself */
    bool name_is_free; /* its name may be changed or removed, as far as the kernel goes */
    bool directory;
    uint32_t withheld; /* PERM_BITs: their commands are refused */
};

void format_perm(const struct perm_grounds *grounds, char perm[PERM_ROOM]);

#endif
