/* SPDX-License-Identifier: BSD-2-Clause */
/* state.h - JAIL's state: one struct, passed along. */
#ifndef JAIL_STATE_H
#define JAIL_STATE_H

#include "daemon/protocol/auth_jail.h"
#include "daemon/protocol/net_jail.h"
#include "daemon/jail/beneath.h"
#include "daemon/jail/dirents.h"
#include "daemon/jail/hidden.h"
#include "daemon/jail/names.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* Where a directory lies (rights.h). */
enum area {
    AREA_HOME,    /* the user's own rights */
    AREA_UPLOADS, /* in or below the upload directory */
    AREA_UNKNOWN, /* unknown: no rights */
};

/* Instead of the upload directory's descriptor. */
enum no_uploads {
    UPLOADS_NONE = -1,    /* the policy names none, or it does not exist */
    UPLOADS_UNKNOWN = -2, /* unknown, so there are no rights anywhere */
};

/* The one upload that a session has open (storing.h). */
struct upload {
    int fd;         /* what NET writes; -1: no upload is open */
    int claim;      /* the claim, if it is not the part; or -1 */
    int target;     /* the file that is replaced, locked; or -1 */
    int directory;  /* the target's, open for reading; or -errno */
    uint32_t group; /* atomic: of the part */
    bool atomic;    /* into a hidden part; else in place */
    bool over;      /* atomic: the target existed when the part was created */
    /* atomic: a rename can't replace the target, or would lose attributes */
    bool copies;
    bool synced;     /* since the last byte came */
    bool creates;    /* the target did not exist when rights and quota were checked */
    bool created;    /* in place: this upload has created the name */
    bool marked;     /* a part stays, and the claim as its mark */
    uint64_t limit;  /* the maximum size of the file */
    uint64_t floor;  /* at this size the free space is looked at again (floor.h) */
    uint64_t start;  /* where NET begins to write */
    uint64_t most;   /* max_file_size */
    uint64_t before; /* bytes that the quota has counted, and that success replaces */
    /* files that this upload created and another session took: they count */
    uint32_t left;
    struct jail_usage part;    /* of a part that is continued: what the quota has counted */
    struct jail_usage now;     /* what remains of the upload at its end */
    struct jail_usage gone;    /* what the quota has counted, and the end of the upload replaces */
    struct jail_usage cleared; /* parts that were removed when it began */
    struct statx old;          /* of target: STATX_INO */
    struct place place;        /* the target */
    char name[HIDDEN_SIZE];    /* of the claim */
    char hidden[HIDDEN_SIZE];  /* atomic: of the part */
};

/* What auth's ledger has granted for a change of files (change.h). */
struct change {
    int home; /* locked while a name changes; -1: no quota counts it, or it can't be opened */
    bool open;
    uint32_t serial; /* of the questions asked */
    uint64_t bytes;  /* that the change may add; UINT64_MAX: no limit */
    uint64_t left;   /* of the quota, not granted yet; UINT64_MAX: no limit */
    struct jail_usage used;
    uint64_t parts;       /* bytes of interrupted uploads, as last counted */
    int64_t look_next_ms; /* when they may be counted again */
};

/* The one listing that a session has open.  NET asks for it page by page; what
 * is kept between two pages has a bound (law N4). */
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
    size_t prefix_length;       /* LIST_NAMES: how much of path precedes each name */
    const char *display;        /* single: the name to show, in path */
    char pattern[NAME_MAX + 1]; /* or empty: all names */
    uint64_t steps;             /* of the matcher, so far */
    char name[NAME_MAX + 1];    /* single: the name in the directory */
    struct statx about;         /* of the directory */
    int64_t now;                /* when it was opened, for law N6's six months */
    struct names *names;        /* sorted; NULL: in the order of the directory */
    size_t next;                /* of names */
    const char *pending;        /* a name that was read but not shown yet */
    bool expanded;              /* names are paths from the directory: expand.h */
    int inner;                  /* expanded: the directory of the last entry shown, or -1 */
    size_t inner_n;             /* the length of its path */
    char inner_path[PATH_ROOM];
    struct dirents dirents;
};

struct jail {
    int net;                    /* the channel to NET */
    int root;                   /* O_PATH of "/" */
    int uploads;                /* O_PATH of the guests' upload directory, or enum no_uploads */
    int uploads_error;          /* why there is none; logged once */
    const struct jail_who *who; /* the user and the policy, from auth */
    const struct zone *zone;    /* of LIST; NULL: UTC */
    uint32_t umask;             /* of the policy or SITE UMASK */
    struct upload upload;       /* at most one */
    struct change change;       /* of the upload or of names that is being made */
    struct listing listing;     /* at most one */
    const char *violation;      /* a question that breaks the rules; NULL: none */
};

#endif
