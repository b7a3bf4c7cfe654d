/* SPDX-License-Identifier: BSD-2-Clause */
/* table.c - options.def as a table; runs in the master, and in `wardftpd -t`.
 * Reads no bytes from outside. */
#include "daemon/config/table.h"

#include "common/text.h"
#include "daemon/config/types.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

typedef struct config block_DAEMON;
typedef struct config block_TLS;
typedef struct listener_config block_LISTENER;
typedef struct policy block_POLICY;
typedef struct host_config block_HOST;
typedef struct anonymous_config block_ANONYMOUS;
static_assert(offsetof(struct anonymous_config, policy) == 0, "[anonymous] takes a policy's keys");

const struct option_row option_rows[] = {
#define OPTION(b, k, f, t, d, l, m, to, fl, h)                                                     \
    { .block = BLOCK_##b,                                                                          \
      .key = #k,                                                                                   \
      .offset = offsetof(block_##b, f),                                                            \
      .room = sizeof(((block_##b *)0)->f),                                                         \
      .type = (t),                                                                                 \
      .default_text = (d),                                                                         \
      .least = (l),                                                                                \
      .most = (m),                                                                                 \
      .flags = (fl),                                                                               \
      .help = (h) },
#include "daemon/config/options.def"
#undef OPTION
};

const size_t option_count = COUNT(option_rows);
static_assert(COUNT(option_rows) <= OPTIONS_MAX,
              "daemon/config/load.h's lines by key have no room");

const struct section_kind section_kinds[SECTION_CLASSES] = {
    [SECTION_DAEMON] = { "daemon", false, BLOCK_DAEMON, BLOCK_DAEMON },
    [SECTION_LISTENER] = { "listener", true, BLOCK_LISTENER, BLOCK_LISTENER },
    [SECTION_TLS] = { "tls", false, BLOCK_TLS, BLOCK_TLS },
    [SECTION_DEFAULTS] = { "defaults", false, BLOCK_POLICY, BLOCK_POLICY },
    [SECTION_GROUP] = { "group", true, BLOCK_POLICY, BLOCK_POLICY },
    [SECTION_USER] = { "user", true, BLOCK_POLICY, BLOCK_POLICY },
    [SECTION_HOST] = { "host", true, BLOCK_HOST, BLOCK_HOST },
    [SECTION_ANONYMOUS] = { "anonymous", false, BLOCK_POLICY, BLOCK_ANONYMOUS },
};

int option_find(enum option_block block, const char *key)
{
    for (size_t i = 0; i < option_count; i++) {
        if (option_rows[i].block == block && strcmp(option_rows[i].key, key) == 0)
            return (int)i;
    }
    return -1;
}

bool section_takes(const struct section_kind *kind, size_t row)
{
    return option_rows[row].block == kind->block || option_rows[row].block == kind->also;
}

int section_key(const struct section_kind *kind, const char *key)
{
    for (size_t i = 0; i < option_count; i++) {
        if (section_takes(kind, i) && strcmp(option_rows[i].key, key) == 0)
            return (int)i;
    }
    return -1;
}

uint64_t option_policy_bit(size_t row)
{
    unsigned bit = 0;
    for (size_t i = 0; i < row; i++)
        bit += option_rows[i].block == BLOCK_POLICY;
    return UINT64_C(1) << bit;
}

/* The sections of a block's keys, for messages. */
static const char *block_sections(enum option_block block)
{
    static const char *const names[] = {
        [BLOCK_DAEMON] = "[daemon]",
        [BLOCK_LISTENER] = "[listener NAME]",
        [BLOCK_TLS] = "[tls]",
        [BLOCK_POLICY] = "[defaults] [group NAME] [user NAME] [anonymous]",
        [BLOCK_HOST] = "[host NAME]",
        [BLOCK_ANONYMOUS] = "[anonymous]",
    };
    return names[block];
}

void config_print_keys(void)
{
    for (size_t i = 0; i < option_count; i++) {
        const struct option_row *row = &option_rows[i];
        char type[OPTION_WHY_ROOM];
        if (i == 0 || row->block != row[-1].block)
            printf("%s%s\n", i == 0 ? "" : "\n", block_sections(row->block));
        option_describe(row, type);
        printf("%s = %s\n    %s. %s\n", row->key, row->default_text, type, row->help);
    }
}
