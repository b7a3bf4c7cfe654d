/* listing.h - the one listing that a session has open.  NET asks for it page
 * by page; what is kept between two pages has a bound (law N4). */
#ifndef JAIL_LISTING_H
#define JAIL_LISTING_H

#include "daemon/protocol/net_jail.h"
#include "daemon/jail/dents.h"
#include "daemon/jail/names.h"
#include "daemon/jail/rights.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct jail;

struct listing {
    int directory; /* of the entries; -1: no listing is open */
    uint32_t format, flags, facts;
    uint32_t withheld; /* PERM_BITs */
    bool single;       /* one entry only: name, shown as `display` */
    bool at_root;      /* the directory is the user's root */
    bool ended;
    bool read_only;             /* the file system is */
    enum area area;             /* of directory */
    int error;                  /* 0, or the -errno that ended it */
    char path[PATH_ROOM];       /* as asked for */
    size_t prefix_length;       /* LIST_NAMES: how much of path stands before each name */
    const char *display;        /* single: the name as it is shown, in path */
    char pattern[NAME_MAX + 1]; /* or empty: all names */
    uint64_t steps;             /* of the matcher, so far */
    char name[NAME_MAX + 1];    /* single: the name in the directory */
    struct statx about;         /* of the directory */
    int64_t now;                /* when it was opened: law N6's six months count from here */
    struct names *names;        /* sorted, or NULL: as the directory gives them */
    size_t next;                /* of names */
    const char *pending;        /* a name that is read and not yet shown */
    bool expanded;              /* names are paths from the directory: expand.h */
    int inner;                  /* expanded: the directory of the last entry shown, or -1 */
    size_t inner_n;             /* and so much of its path it is */
    char inner_path[PATH_ROOM];
    struct dents dents;
};

/* Does the open listing show this name of listing.directory, whose path is place? */
bool listing_shows(struct jail *jail, const char *place, const char *name);

/* "." or ".." */
bool is_dots(const char *name);

/* Gives back what an open listing holds; none may be open. */
void listing_end(struct listing *listing);

#endif
