/* SPDX-License-Identifier: BSD-2-Clause */
/* net_jail.h - NET asks JAIL for files.  Every path is absolute from the
 * user's root, without "." or ".." components or double slashes (NET's
 * path_join() makes it so, JAIL checks it), and any bytes otherwise (law N1).
 * JAIL has at most one upload and one listing open. */
#ifndef PROTOCOL_NET_JAIL_H
#define PROTOCOL_NET_JAIL_H

#include "daemon/protocol/rows.h"

/* The requests, and the function of JAIL that answers each.  The last column:
 * the rights (auth_jail.h) of which the user needs one; 0: none is needed.
 *
 *                  fields used                   the answer, a struct jail_answer except for LIST_*
 *   STAT           flags                         .file
 *   CHDIR                                        .error: is it a directory that may be entered?
 *   OPEN_READ      offset                        .file, fd: read-only, at offset
 *   STORE_CHECK    how, offset                   .error; creates and changes nothing (law U1)
 *   STORE_CREATE   how, offset                   .offset where writing begins, fd: write-only, there
 *   STORE_MORE                                   .limit: more than STORE_CREATE's, or .error
 *   STORE_SYNC                                   .error: what was written is on the disk, if the policy wants it
 *   STORE_FLUSH                                  .error: of what has reached the disk so far
 *   RENAME_CHECK                                 RNFR: .error
 *   LIST_OPEN      format, flags                 .error, .file of what is listed; without an error, a
 *                                                struct jail_listing
 *   LIST_NEXT                                    struct jail_page
 *   SET_MODE       value = mode 0..0777
 *   SET_TIME       value = seconds, nanoseconds
 *   SPACE          path = a directory            .file.size = bytes free to this user, .limit = by the quota
 *   UMASK          path = the root, value =      .file.mode = the umask
 *                  new umask 0..0777, -1: none
 *   USAGE                                        .used, of the quota
 *   PACE                                         .offset: microseconds until the next byte may move
 *   HASH_TURN                                    .more: 1 if this session may compute a checksum now
 */
/* clang-format off */
#define NET_TO_JAIL(ROW)                                                                                             \
    ROW(JAIL_STAT,          1, TEXT(jail_path, path),    0, LOGGED_IN, ANSWER(files_stat),         RIGHTS_STAT)      \
    ROW(JAIL_CHDIR,         2, TEXT(jail_path, path),    0, LOGGED_IN, ANSWER(files_chdir),        0)                \
    ROW(JAIL_OPEN_READ,     3, TEXT(jail_path, path),    0, LOGGED_IN, ANSWER(reading_open),       RIGHT_DOWNLOAD)   \
    ROW(JAIL_STORE_CHECK,   4, TEXT(jail_path, path),    0, LOGGED_IN, ANSWER(upload_check),       RIGHTS_STORE)     \
    ROW(JAIL_STORE_CREATE,  5, TEXT(jail_path, path),    0, LOGGED_IN, ANSWER(upload_create),      RIGHTS_STORE)     \
    ROW(JAIL_STORE_SETTLE,  6, WHOLE(jail_settle),       0, LOGGED_IN, ANSWER(upload_settle),      0)                \
    ROW(JAIL_MKDIR,         7, TEXT(jail_path, path),    0, LOGGED_IN, ANSWER(files_mkdir),        RIGHT_MKDIR)      \
    ROW(JAIL_RMDIR,         8, TEXT(jail_path, path),    0, LOGGED_IN, ANSWER(files_rmdir),        RIGHT_RMDIR)      \
    ROW(JAIL_DELETE,        9, TEXT(jail_path, path),    0, LOGGED_IN, ANSWER(files_delete),       RIGHT_DELETE)     \
    ROW(JAIL_RENAME_CHECK, 10, TEXT(jail_path, path),    0, LOGGED_IN, ANSWER(files_rename_check), RIGHT_RENAME)     \
    ROW(JAIL_RENAME,       11, TEXT(jail_rename, paths), 0, LOGGED_IN, ANSWER(files_rename),       RIGHT_RENAME)     \
    ROW(JAIL_LIST_OPEN,    12, TEXT(jail_path, path),    0, LOGGED_IN, ANSWER(listing_open),       RIGHT_LIST)       \
    ROW(JAIL_LIST_NEXT,    13, WHOLE(message_head),      0, LOGGED_IN, PAGE(listing_page),         0)                \
    ROW(JAIL_LIST_CLOSE,   14, WHOLE(message_head),      0, LOGGED_IN, ANSWER(listing_close),      0)                \
    ROW(JAIL_SET_MODE,     15, TEXT(jail_path, path),    0, LOGGED_IN, ANSWER(files_set_mode),     RIGHT_CHMOD)      \
    ROW(JAIL_SET_TIME,     16, TEXT(jail_path, path),    0, LOGGED_IN, ANSWER(files_set_time),     RIGHT_CHMOD)      \
    ROW(JAIL_SPACE,        17, TEXT(jail_path, path),    0, LOGGED_IN, ANSWER(files_space),        0)                \
    ROW(JAIL_UMASK,        18, TEXT(jail_path, path),    0, LOGGED_IN, ANSWER(files_umask),        0)                \
    ROW(JAIL_STORE_SYNC,   19, WHOLE(message_head),      0, LOGGED_IN, ANSWER(upload_sync),        0)                \
    ROW(JAIL_USAGE,        20, WHOLE(message_head),      0, LOGGED_IN, ANSWER(files_usage),        0)                \
    ROW(JAIL_PACE,         21, WHOLE(jail_pace),         0, LOGGED_IN, ANSWER(pace_take),          0)                \
    ROW(JAIL_STORE_MORE,   22, WHOLE(message_head),      0, LOGGED_IN, ANSWER(upload_more),        0)                \
    ROW(JAIL_HASH_TURN,    23, WHOLE(jail_turn),         0, LOGGED_IN, ANSWER(hash_turn),          RIGHT_DOWNLOAD)  \
    ROW(JAIL_STORE_FLUSH,  24, WHOLE(message_head),      0, LOGGED_IN, ANSWER(upload_flush),       0)
/* clang-format on */

enum net_jail { NET_TO_JAIL(BORDER_TYPE) };

enum store_how {
    STORE_WHOLE = 1,  /* STOR from 0 */
    STORE_AT = 2,     /* STOR after REST n: at offset, without truncating */
    STORE_APPEND = 3, /* APPE */
    STORE_UNIQUE = 4, /* STOU: a new name that begins with path; the answer to CREATE names it */
};

enum list_format { LIST_LONG = 1, LIST_NAMES = 2, LIST_FACTS = 3 };

enum jail_flag {
    STAT_FOLLOW = 1 << 0, /* JAIL_STAT: of what a symbolic link points to */
    LIST_ALL = 1 << 1,    /* LIST -a: dot files in spite of hide_dot_files, and "." and ".." */
    LIST_ITSELF = 1 << 2, /* a directory is shown as an entry, not by its content (MLST, LIST -d) */
    /* components from .value on may be patterns, if no entry has that name (law N2) */
    LIST_GLOB = 1 << 3,
    /* JAIL_STAT: for a name that does not exist, the part of an interrupted upload */
    STAT_PART = 1 << 8,
    LIST_NO_PREFIX = 1 << 4, /* NLST without argument: plain names; otherwise DIR/name */
    STORE_RANGE =
        1
        << 7, /* STORE_AT: what is before and after it stays, also at offset 0; never a whole STOR */
    LIST_DIRECTORIES = 1 << 6, /* the pattern ended in a slash: directories only, shown with one */
};

enum fact {
    FACT_TYPE = 1,
    FACT_SIZE = 2,
    FACT_MODIFY = 4,
    FACT_PERM = 8,
    FACT_UNIQUE = 16,
    FACT_UNIX_MODE = 32,
    FACT_UNIX_OWNER = 64,
    FACT_UNIX_GROUP = 128,
    FACTS_ALL = 255
};

/* Letters of the perm fact whose commands the policy refuses; NET knows them. */
#define PERM_BIT(letter) (1U << ((letter) - 'a'))
enum {
    PERM_RMD = 1U << 26, /* "d" of a directory; PERM_BIT('d') is that of a file */
    PERM_BITS = (1U << 27) - 1,
};

struct jail_path {
    struct message_head head;
    uint64_t offset; /* OPEN_READ, STORE_*: in bytes; LIST_OPEN: PERM_BITs that are withheld */
    /* SET_MODE, SET_TIME, UMASK; LIST_OPEN: how many bytes of path are no pattern */
    int64_t value;
    uint32_t nanoseconds; /* SET_TIME */
    uint32_t flags;       /* enum jail_flag */
    uint32_t how;         /* STORE_*: enum store_how */
    uint32_t format;      /* LIST_OPEN: enum list_format */
    uint32_t facts;       /* LIST_OPEN: enum fact */
    uint32_t reserved;
    char path[PATH_ROOM]; /* sent up to and with its NUL */
};

struct jail_rename {
    struct message_head head;
    uint32_t from_length; /* bytes of from, without NUL */
    uint32_t reserved;
    char paths[2 * PATH_ROOM]; /* from NUL to NUL */
};

enum settle { SETTLE_COMPLETE = 1, SETTLE_FAILED = 2 };

struct jail_settle {
    struct message_head head;
    uint64_t bytes;   /* that NET wrote */
    uint32_t outcome; /* enum settle */
    uint32_t reserved;
};

struct jail_pace {
    struct message_head head;
    uint64_t bytes;     /* that have moved since the last one */
    uint32_t direction; /* enum rate_direction of auth_jail.h */
    uint32_t reserved;
};

struct jail_turn {
    struct message_head head;
    uint32_t take; /* 1; 0: it is over */
    uint32_t reserved;
};

enum file_type { FILE_REGULAR = 1, FILE_DIRECTORY = 2, FILE_LINK = 3, FILE_OTHER = 4 };

struct jail_file {
    uint64_t size;
    int64_t mtime; /* seconds since the epoch */
    uint64_t inode;
    uint64_t device;
    uint32_t mtime_ns;
    uint32_t type; /* enum file_type */
    uint32_t mode; /* permission bits 0..07777 */
    uint32_t uid;
    uint32_t gid;
    uint32_t links;
};

/* JAIL's own errors, with numbers above every errno. */
enum jail_error {
    JAIL_DENIED = 4096,      /* the policy does not give this right (law R2) */
    JAIL_NOT_REGULAR = 4097, /* RETR or STOR of a directory, FIFO, socket, device (law N5) */
    JAIL_BUSY = 4098,        /* being uploaded by another session (laws C1, C2) */
    JAIL_TAKEN_OVER = 4099,  /* another session took over this stalled upload (law C1) */
    JAIL_BEYOND_END = 4100,  /* REST n beyond the file's end (law U4) */
    JAIL_MIXED = 4101,       /* resuming would mix two versions (law U3) */
    JAIL_BAD_NAME = 4102,    /* contains LF, or is reserved for the server's own files */
    JAIL_QUOTA = 4103,       /* quota_bytes */
    JAIL_TOO_LARGE = 4104,   /* max_file_size */
    JAIL_DENIED_NAME = 4105, /* `deny` */
    JAIL_QUOTA_FILES = 4106,
    /* auth can't be asked, or the files are being counted for another session */
    JAIL_QUOTA_LATER = 4107,
    JAIL_LEASED = 4108,   /* another program holds a lease of the file (law C5) */
    JAIL_NOT_HERE = 4110, /* uploads are allowed in the upload directory only */
    JAIL_UPLOADED = 4111, /* in it, guests may only create new files */
    JAIL_PATTERN = 4112,  /* matching the pattern takes too long */
    JAIL_FLOOR = 4113,    /* the file system has less free than free_space_floor */
    JAIL_ERRORS_END,      /* one beyond the last */
};
/* 0 where there is no quota */
struct jail_usage {
    uint64_t bytes, files;
};

struct jail_answer {
    struct message_head head; /* of the question */
    uint32_t error;           /* 0, errno, or enum jail_error */
    uint32_t
        more; /* LIST_OPEN: 1 where there is nothing to list by that pattern; STORE_CREATE, STORE_MORE:
                        1 where STORE_MORE may get more than .limit */
    /* STORE_CREATE: where writing begins; LIST_OPEN: how many components matched a pattern */
    uint64_t offset;
    /* STORE_CREATE: the most bytes that the file may have; SPACE: left of the quota */
    uint64_t limit;
    struct jail_usage
        used; /* USAGE; STORE_CHECK, STORE_CREATE: bytes of the cut upload that is continued, or 0; with
                               JAIL_BEYOND_END, of what is there; with JAIL_QUOTA, JAIL_QUOTA_FILES, of all parts */
    struct jail_file file;
    char name[NAME_ROOM]; /* STORE_UNIQUE: the last component chosen; else empty */
};
/* sent up to its last byte of text */
struct jail_page {
    struct message_head head;
    uint32_t error;       /* 0, or why the listing can't be finished (law N4) */
    uint32_t last;        /* 1: the listing is finished */
    char text[PAGE_ROOM]; /* whole lines, CRLF ended */
};

/* A listing that has begun, and its first page, whose head is not used. */
struct jail_listing {
    struct jail_answer answer;
    struct jail_page page;
};

#endif
