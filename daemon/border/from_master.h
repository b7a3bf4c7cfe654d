/* from_master.h - what the master tells auth, dialer, keeper and scribe, each
 * over its one channel to the master.  A shared process reads this channel to
 * its end before it serves a cell, so that it knows a cell's address before
 * the cell's first question (the master sends it before it hands NET the
 * client).  End of file means that the master is gone: the process serves the
 * cells it has and ends with the last of them. */
#ifndef BORDER_FROM_MASTER_H
#define BORDER_FROM_MASTER_H

#include "daemon/border/message.h"

#include <netinet/in.h>

enum from_master {
    FM_CELL = 1,       /* a new cell; with the end(s) of its channels, see below */
    FM_ADDRESS = 2,    /* cell n has a client now */
    FM_USER = 3,       /* to scribe: cell n is logged in as (also after a scribe's restart) */
    FM_CONFIG = 4,     /* a new configuration; with a sealed memfd that holds it (config_image.h) */
    FM_FILE = 5,       /* a file, opened by the master; with its fd */
    FM_NO_GROUPS = 11, /* to auth: there is no group file (head only) */
    FM_GONE = 6,       /* to scribe: cell n has ended, and how */
    FM_LOGGED_IN = 7,  /* to a restarted auth: cell n is logged in as name; it ends by FM_GONE */
    FM_ADMITTED = 12,  /* to dialer: cell n is logged in; to auth: the dialer has been told */
    FM_CONTROL = 9,    /* to control: the master's answer (struct control_answer) */
    FM_LINK =
        10, /* to auth: the end on which control asks it; to control: its end (head only); with its fd */
    FM_SCRIBE = 8, /* the scribe was restarted: log over this end from now on (head only); with its fd */
};

/* Whose end an FM_CELL brings.  The scribe also gets, as cell 0, those of the
 * shared processes (FM_END_SHARED + enum shared_role), of the cradles and of the master. */
enum fm_end {
    FM_END_NET = 0,
    FM_END_JAIL = 1,
    FM_END_SHARED = 100,
    FM_END_CRADLE = 198,
    FM_END_MASTER = 199
};

struct fm_cell { /* with one fd: this process' end of the channel to `end` of the cell */
    struct message_head head;
    uint64_t cell; /* number of the cell, never used twice */
    uint32_t end;  /* enum fm_end: auth and scribe get two messages, one for each */
    int32_t pid;   /* of NET or JAIL */
};

struct fm_address {
    struct message_head head;
    uint64_t cell;
    uint64_t session;  /* number of the session: as logs show it */
    uint32_t listener; /* index into config.listeners */
    uint32_t reserved;
    int64_t accepted_ms; /* CLOCK_MONOTONIC */
    struct sockaddr_storage peer;
    struct sockaddr_storage local;
};

struct fm_user { /* FM_USER */
    struct message_head head;
    uint64_t cell;
    char name[NAME_ROOM];
};

struct fm_admitted { /* FM_ADMITTED */
    struct message_head head;
    uint64_t cell;
};

struct fm_logged_in { /* FM_LOGGED_IN: as auth's tm_logged_in had it */
    struct message_head head;
    uint64_t cell;
    char name[NAME_ROOM];
    char group[NAME_ROOM];
};

enum fm_file {
    FM_FILE_USERS = 1,
    FM_FILE_GROUPS = 2,
    FM_FILE_LOG = 3,
    FM_FILE_XFERLOG = 4,
    FM_FILE_SYSLOG = 5,
    FM_FILE_STATE = 6,
    FM_FILE_KEY = 7,
    FM_FILE_QUOTAS = 9, /* to auth: the ledgers, to read and write */
    FM_FILE_BOOT = 10,  /* to auth: the kernel's boot_id */
    FM_FILE_CONTROL = 8 /* to control: the socket that wardctl connects to, bound and listening */
};

struct fm_file_message {
    struct message_head head;
    uint32_t which; /* enum fm_file */
    uint32_t index; /* FM_FILE_USERS: 0, or 1 + index of the [host NAME] section; keys likewise */
};

enum gone_reason { GONE_ENDED = 0, GONE_CRASHED = 1, GONE_KILLED = 2, GONE_LOGIN_TIMEOUT = 3 };

struct fm_gone {
    struct message_head head;
    uint64_t cell;
    uint32_t reason;     /* enum gone_reason */
    int32_t wait_status; /* of the half that crashed */
};

/* What auth tells the master, on the same channel: the one direction in which
 * a shared process speaks to it.  The scribe sends TM_REOPEN and TM_REFUSED,
 * the keeper TM_KEY, the dialer nothing.  The master believes them within their
 * tables only. */
enum to_master {
    TM_LOGGED_IN = 1,     /* auth: cell n is logged in as name (struct tm_logged_in) */
    TM_USERS_CHANGED = 2, /* auth: the user file was replaced; open it again (struct message_head only) */
    TM_BAN = 3,           /* auth: refuse this address until ... (struct tm_ban) */
    TM_STATE_BAD = 5,     /* auth: its state file is broken; give another (struct message_head only) */
    TM_REOPEN = 4,        /* scribe: the log's socket is dead; open it again (struct message_head only) */
    TM_CONTROL = 7, /* control: what an administrator asks (struct control_ask); answered by FM_CONTROL */
    TM_KEY = 8,     /* keeper: whether it has the key of an FM_FILE (struct tm_key) */
    TM_REFUSED = 6, /* scribe: its last word, as it can't log it (struct tm_refused) */
};

/* The scribe's filter has refused a system call, and ends it. */
struct tm_refused {
    struct message_head head;
    uint32_t call;
    uint32_t reserved;
};

struct tm_key {
    struct message_head head;
    uint32_t index;  /* of the FM_FILE */
    uint32_t failed; /* 0: it signs with this key from now on */
};

struct tm_logged_in {
    struct message_head head;
    uint64_t cell;
    uint32_t uid;
    uint32_t reserved;
    char name[NAME_ROOM];
    char group[NAME_ROOM]; /* whose session it counts as; empty: no group's */
};

struct tm_ban {
    struct message_head head;
    struct sockaddr_storage address; /* of IPv6 its network of so many bits: */
    uint32_t bits;                   /* 32, 64 or 48 */
    uint32_t seconds;                /* 0: lift the ban */
};

#endif
