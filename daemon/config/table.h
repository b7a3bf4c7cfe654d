/* SPDX-License-Identifier: BSD-2-Clause */
/* table.h - the rows of options.def as a table, and the kinds of sections; private
 * to daemon/config/. */
#ifndef CONFIG_TABLE_H
#define CONFIG_TABLE_H

#include "common/nearest.h"
#include "daemon/config/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The struct that contains the field of a row. */
enum option_block {
    BLOCK_DAEMON,
    BLOCK_LISTENER,
    BLOCK_TLS,
    BLOCK_POLICY,
    BLOCK_HOST,
    BLOCK_ANONYMOUS
};

enum option_type {
    TYPE_ACCOUNT,
    TYPE_ACTIVE_PORT,
    TYPE_ADDRESSES,
    TYPE_BAN_REPLY,
    TYPE_BLOCKS,
    TYPE_BOOL,
    TYPE_COMMANDS,
    TYPE_DATA_RESUME,
    TYPE_DATE,
    TYPE_ENDPOINT,
    TYPE_EVENTS,
    TYPE_FILE_NAME,
    TYPE_GROUPS,
    TYPE_HASHES,
    TYPE_HOME,
    TYPE_HOURS,
    TYPE_LINES,
    TYPE_LOG,
    TYPE_LOG_FORMAT,
    TYPE_LOG_LEVEL,
    TYPE_NUMBER,
    TYPE_OCTAL,
    TYPE_PASSIVE,
    TYPE_PATH,
    TYPE_PATTERNS,
    TYPE_PORTS,
    TYPE_RATE,
    TYPE_RESUME_USER,
    TYPE_RIGHTS,
    TYPE_SANDBOX,
    TYPE_SPACE,
    TYPE_START,
    TYPE_TEXT,
    TYPE_TITLES,
    TYPE_TLS_LISTENER,
    TYPE_TLS_MODE,
    TYPE_TLS_USER,
    TYPE_TLS_VERSION,
    TYPE_UPLOADS,
    TYPE_CHECKSUM,
    TYPE_LIST_OWNER,
    TYPE_FAILED_UPLOADS,
    TYPE_ZONE,
    OPTION_TYPES
};

enum { OPTION_LIST = 1 };

struct option_row {
    enum option_block block;
    const char *key;
    size_t offset; /* of the field in the block's struct */
    size_t room;   /* bytes of the field */
    enum option_type type;
    const char *default_text;
    uint64_t least, most;
    unsigned flags;
    const char *help;
};

enum section_class {
    SECTION_DAEMON,
    SECTION_LISTENER,
    SECTION_TLS,
    SECTION_DEFAULTS,
    SECTION_GROUP,
    SECTION_USER,
    SECTION_HOST,
    SECTION_ANONYMOUS,
    SECTION_CLASSES
};

struct section_kind {
    const char *word;
    bool named; /* [word NAME] */
    enum option_block block;
    enum option_block also; /* a second block whose keys it takes, or the same */
};

enum { OPTIONS_MAX = 200 };
extern const struct option_row option_rows[];
extern const size_t option_count;
extern const struct section_kind section_kinds[SECTION_CLASSES];

/* The row of a key, or -1. */
int option_find(enum option_block block, const char *key);

/* Does a section of this kind take the row's key?  The row of a key that it takes, or -1. */
bool section_takes(const struct section_kind *kind, size_t row);
int section_key(const struct section_kind *kind, const char *key);

/* The bit of a policy row in struct policy's `set`. */
uint64_t option_policy_bit(size_t row);

#endif
