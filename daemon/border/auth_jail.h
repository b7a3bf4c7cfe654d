/* auth_jail.h - auth tells JAIL who it is: once, at the log-in.  JAIL's one
 * answer turns the channel round: from then on JAIL asks, auth answers
 * (leases of quotas).  NET can't reach this channel. */
#ifndef BORDER_AUTH_JAIL_H
#define BORDER_AUTH_JAIL_H

#include "common/list.h"
#include "common/zone.h"
#include "daemon/border/message.h"

enum auth_jail {
    JAIL_WHO = 1, /* auth -> JAIL: struct jail_who, once */
};

enum right {
    RIGHT_LIST = 1 << 0,
    RIGHT_DOWNLOAD = 1 << 1,
    RIGHT_UPLOAD = 1 << 2, /* new files */
    RIGHT_OVERWRITE = 1 << 3,
    RIGHT_APPEND = 1 << 4, /* APPE, and STOR after REST */
    RIGHT_DELETE = 1 << 5,
    RIGHT_RENAME = 1 << 6,
    RIGHT_MKDIR = 1 << 7,
    RIGHT_RMDIR = 1 << 8,
    RIGHT_CHMOD = 1 << 9, /* SITE CHMOD, MFMT, MFF */
    RIGHTS_READ = RIGHT_LIST | RIGHT_DOWNLOAD,
    RIGHTS_ALL = (1 << 10) - 1,
};

struct jail_policy {
    uint32_t rights;         /* enum right */
    uint32_t umask;          /* 0..0777 */
    uint32_t atomic_uploads; /* 0, 1 */
    uint32_t sync_uploads;   /* 0, 1 */
    uint32_t hide_dot_files; /* 0, 1 */
    uint32_t file_mode;      /* 0..0777, before the umask */
    uint32_t directory_mode;
    uint32_t upload_rights; /* instead of rights, in and below the upload directory */
    uint64_t max_file_size; /* 0: no limit */
    uint32_t list_uploads;  /* 0, 1: whether listings show what is in there */
    uint32_t reserved;
    char time_zone[ZONE_NAME_ROOM];   /* of LIST; UTC where the configuration has no such table */
    char hide[LIST_ROOM];             /* patterns: not shown */
    char deny[LIST_ROOM];             /* patterns: not shown, and refused */
    char upload_directory[NAME_ROOM]; /* of guests, from their root; empty: none */
};

struct jail_who { /* sent whole */
    struct message_head head;
    uint32_t uid;
    uint32_t gid;
    uint32_t group_count;        /* 0..GROUPS_MAX */
    uint32_t groups[GROUPS_MAX]; /* supplementary */
    uint32_t reserved;
    struct jail_policy policy;
    char home[HOME_ROOM]; /* absolute, outside the jail; NUL-padded */
};

enum jail_step { JAIL_ENTERED = 0, JAIL_IDENTITY = 1, JAIL_HOME = 2, JAIL_CONFINE = 3 };

struct jail_who_answer {
    struct message_head head; /* .type == JAIL_WHO */
    uint32_t step;            /* JAIL_ENTERED, or the step that failed */
    uint32_t error;           /* errno of that step */
};

#endif
