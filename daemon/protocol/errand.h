/* SPDX-License-Identifier: BSD-2-Clause */
/* errand.h - a process that does one thing for auth, which has no files, and ends.
 *
 * auth asks the master for it (TM_ERRAND).  The master starts the program, puts
 * its own message on the channel first, and hands the other end to auth
 * (FM_ERRAND).  So the program learns from the master, not from auth, what it
 * is about; then auth asks once, and gets one answer.  The master reads neither. */
#ifndef PROTOCOL_ERRAND_H
#define PROTOCOL_ERRAND_H

#include "daemon/protocol/rows.h"

enum {
    ERRANDS_MAX = 32, /* at a time */
    ERRAND_NAME_ROOM =
        256,            /* a file's name, or the last part of a pattern of homes, with its NUL */
    PATTERN_ROOM = 256, /* `home`, with its NUL */
    SETTING_ROOM = 384, /* a password hash, with its NUL */
    ERRAND_ADDRESS_ROOM = 80, /* an address as text, with its NUL */
};

enum errand_kind {
    ERRAND_OF_HOME = 1,    /* makes a home: the program `homes` */
    ERRAND_OF_REHASH = 2,  /* changes a hash in the user file: the program `rehash` */
    ERRAND_OF_CHECKER = 3, /* asks the administrator's checker about a log-in: `checker` */
    ERRAND_KINDS
};

/* The phases of such a program. */
enum { BEFORE_PLACE = 1 << 0, BEFORE_ASKED = 1 << 1 };

/* The master's message, then auth's. */
/* clang-format off */
#define TO_HOMES(ROW)                                                               \
    ROW(ERRAND_PLACE, 1, WHOLE(errand_place), 0, BEFORE_PLACE, place)               \
    ROW(ERRAND_HOME,  2, WHOLE(errand_home),  0, BEFORE_ASKED, home)
#define TO_REHASH(ROW)                                                              \
    ROW(ERRAND_PLACE,  1, WHOLE(errand_place),  0, BEFORE_PLACE, place)             \
    ROW(ERRAND_REHASH, 3, WHOLE(errand_rehash), 0, BEFORE_ASKED, rehash)
#define TO_CHECKER(ROW)                                                             \
    ROW(ERRAND_PLACE,  1, WHOLE(errand_place),  0, BEFORE_PLACE, place)             \
    ROW(ERRAND_WHO,    5, WHOLE(errand_who),    0, BEFORE_ASKED, who)
#define TO_AUTH_FROM_ERRAND(ROW)                                                    \
    ROW(ERRAND_DONE,   4, WHOLE(errand_done),   0, ALWAYS,       done)              \
    ROW(ERRAND_FOUND,  6, WHOLE(errand_found),  0, ALWAYS,       found)
/* clang-format on */
enum errand_message {
    TO_HOMES(BORDER_TYPE) ERRAND_REHASH = 3,
    TO_AUTH_FROM_ERRAND(BORDER_TYPE) ERRAND_WHO = 5
};

struct errand_place {
    struct message_head head;
    char name[ERRAND_NAME_ROOM]; /* in the root of the program: homes: the last part of the pattern;
                                    rehash: the user file; checker: empty */
};

struct errand_home {
    struct message_head head;
    uint32_t uid, gid; /* who gets it */
    char name[NAME_ROOM];
};

struct errand_rehash {
    struct message_head head;
    char name[NAME_ROOM];
    char from[SETTING_ROOM]; /* the hash that the row has */
    char to[SETTING_ROOM];
};

struct errand_who {
    struct message_head head;
    char name[NAME_ROOM];
    char password[PASSWORD_ROOM];
    char address[ERRAND_ADDRESS_ROOM]; /* of the client */
    char reserved[3];
};

enum found_verdict {
    FOUND_ACCEPTED = 1,
    FOUND_REFUSED = 2, /* the password is wrong, or the account is not to be used */
    FOUND_UNKNOWN = 3, /* there is no such user */
    FOUND_VERDICTS
};

struct errand_found {
    struct message_head head; /* of auth's message */
    uint32_t verdict;         /* enum found_verdict; the rest is 0 unless it is FOUND_ACCEPTED */
    uint32_t uid, gid;
    uint32_t group_count;
    uint32_t groups[GROUPS_MAX]; /* supplementary */
    char home[HOME_ROOM];        /* absolute; empty: that of the pattern `home` */
};

struct errand_done {
    struct message_head head; /* of auth's message */
    uint32_t error;           /* 0, or an errno; not 0 where ERRAND_FOUND was to come */
    uint32_t reserved;
};

/* auth to the master. */
struct tm_errand {
    struct message_head head;   /* the serial is repeated in the answer */
    uint32_t kind;              /* enum errand_kind */
    uint32_t index;             /* rehash: of the user file, as in FM_FILE */
    char pattern[PATTERN_ROOM]; /* homes: `home`, as the configuration has it */
};

/* The master to auth, where there is no such process. */
struct fm_no_errand {
    struct message_head head;
    uint32_t error; /* an errno */
    uint32_t reserved;
};

#endif
