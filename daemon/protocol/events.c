/* SPDX-License-Identifier: BSD-2-Clause */
/* events.c - the catalogue as a table.  In every process; pure. */
#include "daemon/protocol/events.h"

#include <string.h>

#define TABLE_ROW(id, word, level, fields) [EVENT_##id] = { word, LOG_LEVEL_##level },
static const struct {
    const char *word;
    enum log_level level;
} rows[EVENT_IDS] = { EVENTS(TABLE_ROW) };

const char *event_word(enum event_id id)
{
    return rows[id].word;
}

enum log_level event_level(enum event_id id)
{
    return rows[id].level;
}

enum event_id event_find(const char *word)
{
    for (unsigned i = 0; i < EVENT_IDS; i++) {
        if (strcmp(rows[i].word, word) == 0)
            return (enum event_id)i;
    }
    return EVENT_IDS;
}
