/* SPDX-License-Identifier: BSD-2-Clause */
/* auth_jail.h - auth sends JAIL the identity of the user, once, at the log-in.
 * After JAIL's one answer the direction is reversed: JAIL asks, auth answers
 * (quotas, rates that a user's sessions share).  NET can't reach this channel. */
#ifndef PROTOCOL_AUTH_JAIL_H
#define PROTOCOL_AUTH_JAIL_H

#include "common/list.h"
#include "common/zone.h"
#include "daemon/config/fields.h"
#include "daemon/protocol/rows.h"

/* auth's message; and if JAIL answers that there is no home, and home_may_come is set, JAIL_AGAIN:
 * it was made, enter it. */
/* clang-format off */
#define AUTH_TO_JAIL(ROW)                                                                                            \
    ROW(JAIL_WHO,   1,  WHOLE(jail_who),     0, BEFORE_LOGIN, who)                                                   \
    ROW(JAIL_AGAIN, 11, WHOLE(message_head), 0, BEFORE_HOME,  again)
/* clang-format on */

/* JAIL's requests after that answer.  The last column: which feature the user
 * must have for it.
 *
 *   QUOTA_OPEN       a change of the files begins: quota_answer
 *   QUOTA_MORE       the change needs more bytes: quota_answer
 *   QUOTA_CLOSE      the change was made, or failed: no answer
 *   QUOTA_FREED      during a change, other files were removed: no answer
 *   QUOTA_COUNTED    the result of a count, as QUOTA_COUNT asked; OPEN follows: no answer
 *   RATE_TAKE        so many bytes have moved: rate_answer
 *   HASH_TAKE        is it this session's turn to compute a checksum? hash_answer
 *   HASH_GIVE        the turn has ended, or is no longer needed: no answer
 *   OWNER_NAME       the name of an id (list_owner = names): owner_answer */
/* clang-format off */
#define QUOTA_QUESTIONS(ROW)                                                                                         \
    ROW(QUOTA_OPEN,    2,  WHOLE(quota_ask),     0, CELL_IN, open,    ASKS_QUOTA)                                    \
    ROW(QUOTA_MORE,    3,  WHOLE(quota_ask),     0, CELL_IN, more,    ASKS_QUOTA)                                    \
    ROW(QUOTA_CLOSE,   4,  WHOLE(quota_close),   0, CELL_IN, close,   ASKS_QUOTA)                                    \
    ROW(QUOTA_COUNTED, 5,  WHOLE(quota_counted), 0, CELL_IN, counted, ASKS_QUOTA)                                    \
    ROW(RATE_TAKE,     6,  WHOLE(rate_take),     0, CELL_IN, rate,    ASKS_RATE)                                     \
    ROW(QUOTA_FREED,   10, WHOLE(quota_close),   0, CELL_IN, freed,   ASKS_QUOTA)
#define OTHER_QUESTIONS(ROW)                                                                                         \
    ROW(HASH_TAKE,  7, WHOLE(message_head), 0, CELL_IN, hash_take)                                                   \
    ROW(HASH_GIVE,  8, WHOLE(message_head), 0, CELL_IN, hash_give)                                                   \
    ROW(OWNER_NAME, 9, WHOLE(owner_ask),    0, CELL_IN, owner)
/* clang-format on */

enum auth_jail {
    AUTH_TO_JAIL(BORDER_TYPE) QUOTA_QUESTIONS(BORDER_TYPE) OTHER_QUESTIONS(BORDER_TYPE)
};

/* JAIL's only answer. */
#define JAIL_ANSWERS(ROW) ROW(JAIL_WHO, 1, WHOLE(jail_who_answer), 0, CELL_ENTERING, who)
#define JAIL_TO_AUTH(ROW) JAIL_ANSWERS(ROW) QUOTA_QUESTIONS(ROW) OTHER_QUESTIONS(ROW)

/* What a change of the user's files needs; it is granted as a whole or not at all. */
enum quota_wants {
    QUOTA_WANT_FILE = 1 << 0,    /* one more file */
    QUOTA_WANT_BYTES = 1 << 1,   /* some bytes, one at least */
    QUOTA_WANT_ANY = 1 << 2,     /* some bytes, if there are any left */
    QUOTA_WANT_NUMBERS = 1 << 3, /* only the usage */
    QUOTA_WANTS = (1 << 4) - 1,  /* 0: a change that only frees space */
};
/* QUOTA_OPEN, QUOTA_MORE */
struct quota_ask {
    struct message_head head;
    uint32_t wants; /* enum quota_wants; of QUOTA_MORE: QUOTA_WANT_BYTES, QUOTA_WANT_FILE or both */
    uint32_t reserved;
    uint64_t least; /* QUOTA_MORE: so many bytes, or nothing */
};

enum quota_result {
    QUOTA_GRANTED = 0,
    QUOTA_REACHED_BYTES = 1,
    QUOTA_REACHED_FILES = 2,
    QUOTA_COUNT = 3, /* count the files in the home first, while the others wait */
    QUOTA_LATER = 4, /* auth can't say */
};

struct quota_answer {
    struct message_head head; /* of the question */
    uint32_t result;          /* enum quota_result */
    uint32_t reserved;
    uint64_t bytes;      /* granted, beyond what was before; UINT64_MAX: there is no limit */
    uint64_t used_bytes; /* without what other changes may still use */
    uint64_t used_files;
    uint64_t left_bytes; /* not granted to any session; UINT64_MAX: there is no limit */
};

struct quota_close {
    struct message_head head;
    int64_t bytes; /* more than before the change; negative: fewer */
    int64_t files;
};

struct quota_counted {
    struct message_head head;
    uint64_t bytes;
    uint64_t files;
    uint32_t error;   /* 0, or the errno of a failed count */
    uint32_t partial; /* 1: some directories are closed to the user */
};

enum rate_direction { RATE_UP = 0, RATE_DOWN = 1, RATE_DIRECTIONS = 2 };

struct rate_take {
    struct message_head head;
    uint32_t direction; /* enum rate_direction */
    uint32_t reserved;
    uint64_t bytes; /* moved since the last one: fewer than two pieces */
};

enum { RATE_PIECES_A_SECOND = 8, RATE_PIECE_MIN = 512 };

/* How many bytes NET moves before JAIL reports them to auth. */
static inline uint64_t rate_piece(uint64_t rate)
{
    const uint64_t piece = rate / RATE_PIECES_A_SECOND;
    return piece > RATE_PIECE_MIN ? piece : RATE_PIECE_MIN;
}

struct rate_answer {
    struct message_head head;
    uint64_t wait_us; /* until the next byte may move */
};
/* a user's sessions take turns; a turn also ends with its process */
struct hash_answer {
    struct message_head head;
    uint32_t granted; /* 1: it is; 0: others come first, ask again */
    uint32_t reserved;
};

enum owner_kind { OWNER_OF_USER = 1, OWNER_OF_GROUP = 2 };

struct owner_ask {
    struct message_head head;
    uint32_t kind; /* enum owner_kind */
    uint32_t id;
};

struct owner_answer {
    struct message_head head; /* of the question */
    char name[NAME_ROOM];     /* in the user file or the group file; empty: no such id there */
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
    /* any of these shows a file's facts */
    RIGHTS_STAT = RIGHTS_READ | RIGHT_APPEND,
    RIGHTS_STORE = RIGHT_UPLOAD | RIGHT_OVERWRITE | RIGHT_APPEND, /* an upload needs one of these */
    RIGHTS_ALL = (1 << 10) - 1,
};

enum jail_asks { ASKS_QUOTA = 1 << 0, ASKS_RATE = 1 << 1, ASKS_OWNER = 1 << 2, ASKS_ALL = 7 };

/* The part of the user's policy that JAIL needs: the keys that options.def sends to JAIL, and what
 * auth derives from others.  time_zone is UTC if the configuration has no such table. */
struct jail_policy {
#define SEND_JAIL
#define SENT_NUMBER(field, most) uint32_t field, field##_reserved;
#define SENT_AMOUNT(field, most) uint64_t field;
#define SENT_TEXT(field, size)   char field[size];
#include "daemon/config/sent.def"
    uint32_t upload_rights;           /* instead of rights, in and below the upload directory */
    uint32_t list_uploads;            /* 0, 1: listings show the files there */
    char upload_directory[NAME_ROOM]; /* of guests, from their root; empty: none */
    /* what LIST shows for the user's own uid; empty: the number */
    char user[NAME_ROOM];
    char group[NAME_ROOM]; /* ... and gid */
    uint32_t asks;         /* enum jail_asks: what auth has a ledger of */
    uint32_t reserved;
};
/* sent whole */
struct jail_who {
    struct message_head head;
    uint32_t uid;
    uint32_t gid;
    uint32_t group_count;        /* 0..GROUPS_MAX */
    uint32_t groups[GROUPS_MAX]; /* supplementary */
    uint32_t shares_uid;         /* 0, 1: other log-ins may have this uid, too */
    uint32_t home_may_come;      /* 0, 1: where there is no home, wait for JAIL_AGAIN */
    uint32_t reserved;
    struct jail_policy policy;
    char home[HOME_ROOM]; /* absolute, outside the jail; NUL-padded */
    /* may continue its own interrupted uploads; empty: a guest, who may not */
    char login[NAME_ROOM];
};

enum jail_step { JAIL_ENTERED = 0, JAIL_IDENTITY = 1, JAIL_HOME = 2, JAIL_CONFINE = 3 };

struct jail_who_answer {
    struct message_head head; /* .type == JAIL_WHO */
    uint32_t step;            /* JAIL_ENTERED, or the step that failed */
    uint32_t error;           /* errno of that step */
};

#endif
