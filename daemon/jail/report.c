/* SPDX-License-Identifier: BSD-2-Clause */
/* report.c - runs in JAIL, as the user, in the user's root.  Sends one record
 * for each change, before NET has its answer. */
#include "daemon/jail/report.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"

#include <stddef.h>
#include <string.h>

static struct scribe_change record; /* of the current request */

/* EVENT_IDS: no change. */
static enum event_id event_of(uint32_t type)
{
    switch (type) {
    case JAIL_DELETE:
        return EVENT_DELETE;
    case JAIL_RENAME:
        return EVENT_RENAME;
    case JAIL_MKDIR:
        return EVENT_MKDIR;
    case JAIL_RMDIR:
        return EVENT_RMDIR;
    case JAIL_SET_MODE:
        return EVENT_CHMOD;
    case JAIL_SET_TIME:
        return EVENT_TIMES;
    default:
        return EVENT_IDS;
    }
}

bool report_prepare(uint32_t type, const char *path, const char *to)
{
    const enum event_id event = event_of(type);
    if (event == EVENT_IDS || !log_wants(event))
        return false;
    memset(&record, 0, offsetof(struct scribe_change, paths));
    record.head.type = SCRIBE_CHANGE;
    record.event = event;
    if (to)
        record.from_length = (uint32_t)strlen(path);
    return text_format(record.paths, sizeof record.paths, "%s%s", path, to ? to : "");
}

void report_value(int64_t value)
{
    if (record.event == EVENT_CHMOD)
        record.mode = (uint32_t)value & 0777;
    else
        record.seconds = value;
}

void report_removed(uint64_t bytes)
{
    record.bytes = bytes;
}

void report_send(void)
{
    log_record(&record, message_size(offsetof(struct scribe_change, paths), record.paths));
}
