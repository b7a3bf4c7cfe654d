/* SPDX-License-Identifier: BSD-2-Clause */
/* checking.h - what a program sends to the master if it was started to check
 * something, not to serve: complaints, then one end.  The master takes from it
 * only a text and a yes or no. */
#ifndef PROTOCOL_CHECKING_H
#define PROTOCOL_CHECKING_H

#include "daemon/protocol/message.h"

enum check_message {
    CHECK_WARNING = 1, /* text */
    CHECK_FAULT = 2,   /* text */
    CHECK_END = 3,     /* everything was checked; text empty */
    /* text: a fault, but the server serves with it (a certificate that has expired) */
    CHECK_SERVED = 4,
    CHECK_HINT = 5,        /* text */
    CHECK_USER = 6,        /* struct check_user: someone who can log in */
    CHECK_CERTIFICATE = 7, /* struct check_certificate: one that is served */
};

enum { CHECK_TEXT_SIZE = 1024 };

/* Sent up to and with the text's NUL. */
struct check {
    struct message_head head;
    char text[CHECK_TEXT_SIZE];
};

/* auth, of each user who can log in: the master looks at the home as that user. */
struct check_user { /* sent whole */
    struct message_head head;
    uint32_t uid, gid;
    uint32_t group_count;
    uint32_t line;          /* of the user file */
    uint32_t file;          /* which: as fm_file_message.index */
    uint32_t uploads;       /* 0, 1: the policy lets the user make new files */
    uint32_t is_guest;      /* 0, 1: the account of [anonymous] */
    uint32_t home_may_come; /* 0, 1: create_home makes it at the first log-in */
    uint32_t groups[GROUPS_MAX];
    char name[NAME_ROOM];
    char home[HOME_ROOM];
    char start_directory[NAME_ROOM];
    char upload_directory[NAME_ROOM]; /* of guests; empty: none */
};

/* NET, of each certificate: when it, or one of its chain, expires. */
struct check_certificate { /* sent whole */
    struct message_head head;
    int64_t expires; /* seconds since the epoch */
    uint32_t number; /* 0: that of [tls]; n: that of the n-th [host NAME] */
    uint32_t reserved;
};

/* The result of a program's self-test: the one message that it sends. */
enum finding_kind {
    FINDING_NONE,
    FINDING_NEED_FAILED,  /* what the role needs fails */
    FINDING_NEED_REFUSED, /* ... is refused by the filter */
    FINDING_NOT_REFUSED,  /* what the filter must refuse is allowed */
};

struct finding {
    uint32_t kind;
    uint32_t role;
    int32_t error; /* errno */
    int32_t call;  /* the system call; -1: none */
    char what[64]; /* the part of the work */
};

#endif
