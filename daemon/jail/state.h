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
    AREA_HOME,    /* the user's own rights hold */
    AREA_UPLOADS, /* in or below the upload directory */
    AREA_UNKNOWN, /* it can't be told: no right holds */
};

/* In the place of the upload directory's descriptor. */
enum no_uploads {
    UPLOADS_NONE = -1,    /* the policy names none, or there is none of that name */
    UPLOADS_UNKNOWN = -2, /* it can't be told, so no right holds anywhere */
};

/* The one upload that a session has open (storing.h). */
struct upload {
    int fd;          /* what NET writes; -1: no upload is open */
    int claim;       /* the claim, where it is no part; or -1 */
    int target;      /* the file that is replaced, locked; or -1 */
    int directory;   /* the target's, to be read and synced; or -errno */
    uint32_t group;  /* atomic: the part's */
    bool atomic;     /* into a hidden part; else in place */
    bool over;       /* atomic: the target existed as the part was begun */
    bool copies;     /* atomic: a rename can't put it in place, or would lose something */
    bool synced;     /* since the last byte came */
    bool creates;    /* the target did not exist when rights and quota were checked */
    bool created;    /* in place: the name is ours, new */
    bool marked;     /* a part is left: the claim stays as its mark */
    uint64_t limit;  /* the most bytes that the file may have */
    uint64_t start;  /* where NET's writing begins */
    uint64_t most;   /* the policy's limit of it */
    uint64_t before; /* bytes that the quota has counted and that go with the upload's success */
    uint32_t left;   /* files that this upload made and another session was quicker to take: they count */
    struct jail_usage part;    /* of a part that is continued: what the quota has counted */
    struct jail_usage now;     /* what there is of the upload at its end */
    struct jail_usage gone;    /* what the quota has counted and the end of the upload replaces */
    struct jail_usage cleared; /* parts that were removed as it began */
    struct place place;        /* the target */
    char name[HIDDEN_ROOM];    /* of the claim */
    char hidden[HIDDEN_ROOM];  /* atomic: of the part */
};

/* What auth's ledger has granted for a change of files (change.h). */
struct change {
    int home; /* locked while a name changes; -1: no quota counts it, or it can't be opened */
    bool open;
    uint32_t serial; /* of the questions asked */
    uint64_t bytes;  /* that the change may add; UINT64_MAX: no limit */
    uint64_t left;   /* that nobody has been granted, likewise */
    struct jail_usage used;
    uint64_t parts;       /* bytes that cut uploads left, as they were last looked for */
    int64_t look_next_ms; /* when they may be looked for again */
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
    struct dirents dirents;
};

struct jail {
    int net;                    /* the channel to NET */
    int root;                   /* O_PATH of "/" */
    int uploads;                /* O_PATH of the guests' upload directory, or enum no_uploads */
    int uploads_error;          /* why there is none, as the log has it */
    const struct jail_who *who; /* the user and the policy, as auth said them */
    const struct zone *zone;    /* of LIST; NULL: UTC */
    uint32_t umask;             /* the policy's, until SITE UMASK */
    struct upload upload;       /* at most one */
    struct change change;       /* of the upload, or of the names, that is being made */
    struct listing listing;     /* at most one */
    const char *violation;      /* what NET asked for that ours never does; NULL: nothing */
};

#endif
