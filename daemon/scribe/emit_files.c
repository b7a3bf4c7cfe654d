/* SPDX-License-Identifier: BSD-2-Clause */
/* emit_files.c - runs in the scribe: the lines about files: transfers and
 * refusals as NET reports them, changes as JAIL does. */
#include "daemon/scribe/emit.h"

#include "common/ftptime.h"
#include "common/text.h"
#include "daemon/protocol/reasons.h"
#include "daemon/ipc/validate.h"
#include "daemon/protocol/net_jail.h"
#include "daemon/scribe/xferlog.h"

#include <inttypes.h>
#include <string.h>

static void write_xferlog(struct scribe *scribe, struct cell_facts *cell,
                          const struct xferlog_entry *entry)
{
    static char line[XFERLOG_ROOM];
    int error;
    if (scribe->xferlog.kind == SINK_NONE)
        return;
    size_t length = xferlog_line(entry, XFERLOG_ROOM, line);
    if (length > LINE_SHORT && !ration_long_line(&cell->rations, length, scribe->now))
        length = xferlog_line(entry, LINE_SHORT, line);
    if (sink_write(&scribe->xferlog, LOG_LEVEL_INFO, cell->pid, line, length - 1) &&
        scribe->xferlog.lost) {
        const uint64_t lost = sink_take_lost(&scribe->xferlog, &error);
        emit_lost(scribe, "the xferlog", lost, error);
    }
}

enum { DIGEST_TEXT_ROOM = 2 * SHA256_SIZE + 1 };

static void digest_text(const unsigned char digest[SHA256_SIZE], char to[DIGEST_TEXT_ROOM])
{
    for (size_t i = 0; i < SHA256_SIZE; i++)
        (void)text_format(to + 2 * i, DIGEST_TEXT_ROOM - 2 * i, "%02x", digest[i]);
}

void emit_transfer(struct scribe *scribe, struct cell_facts *cell,
                   const struct scribe_transfer *transfer)
{
    static const enum event_id ids[] = { [TRANSFER_DOWNLOAD] = EVENT_DOWNLOAD,
                                         [TRANSFER_UPLOAD] = EVENT_UPLOAD,
                                         [TRANSFER_APPEND] = EVENT_APPEND,
                                         [TRANSFER_LISTING] = EVENT_LISTING };
    struct event event;
    struct names names;
    char digest[DIGEST_TEXT_ROOM];
    const uint64_t us = transfer->microseconds ? transfer->microseconds : 1;
    const long double rate = (long double)transfer->bytes * 1e6L / (long double)us;
    const bool admitted = admit(scribe, NULL, cell, RECORD_TRANSFER);
    if (!admitted && !feed_wants(scribe, ids[transfer->kind]))
        return;
    about_cell(&event, cell, ids[transfer->kind], &names);
    event.feed_only = !admitted;
    event_add(&event, FIELD_STRING, "path", transfer->path, 0);
    event_add(&event, FIELD_NUMBER, "bytes", NULL, transfer->bytes);
    event_add(&event, FIELD_MILLIS, "seconds", NULL, transfer->microseconds / 1000);
    event_add(&event, FIELD_NUMBER, "rate", NULL,
              rate < 1e18L ? (uint64_t)rate : UINT64_C(1000000000000000000));
    event_add(&event, FIELD_SWITCH, "complete", "complete", transfer->complete);
    event_add(&event, FIELD_NUMBER, "reply", NULL, transfer->reply);
    if (transfer->digested) {
        digest_text(transfer->digest, digest);
        event_add(&event, FIELD_WORD, "sha256", digest, 0);
    }
    event_finish(scribe, cell, &event);
    if (transfer->kind == TRANSFER_LISTING || !admitted)
        return;
    const struct xferlog_entry entry = {
        .seconds = event.seconds,
        .microseconds = transfer->microseconds,
        .bytes = transfer->bytes,
        .peer = &cell->peer,
        .path = transfer->path,
        .user = cell->user,
        .direction = transfer->kind == TRANSFER_DOWNLOAD ? XFERLOG_OUT : XFERLOG_IN,
        .ascii = transfer->ascii != 0,
        .complete = transfer->complete != 0,
    };
    write_xferlog(scribe, cell, &entry);
}

static void write_deletion(struct scribe *scribe, struct cell_facts *cell,
                           const struct scribe_change *change, int64_t seconds)
{
    const struct xferlog_entry entry = {
        .seconds = seconds,
        .bytes = change->bytes,
        .peer = &cell->peer,
        .path = change->paths,
        .user = cell->user,
        .direction = XFERLOG_DELETED,
        .complete = true,
    };
    write_xferlog(scribe, cell, &entry);
}

enum { MODE_ROOM = 16, TIME_ROOM = 48 };

static void add_change(struct event *event, const struct scribe_change *change, const char *mode,
                       const char *time)
{
    switch (change->event) {
    case EVENT_DELETE:
        event_add(event, FIELD_NUMBER, "bytes", NULL, change->bytes);
        break;
    case EVENT_RENAME:
        event_add(event, FIELD_STRING, "to", change->paths + change->from_length, 0);
        break;
    case EVENT_CHMOD:
        event_add(event, FIELD_WORD, "mode", mode, 0);
        break;
    case EVENT_TIMES:
        event_add(event, FIELD_WORD, "modify", time, 0);
        break;
    default:
        break;
    }
}

/* As ISO 8601 has it, in UTC. */
static void time_text(int64_t seconds, char to[TIME_ROOM])
{
    struct civil civil;
    civil_from_seconds(seconds, &civil);
    (void)text_format(to, TIME_ROOM, "%04" PRId64 "-%02u-%02uT%02u:%02u:%02uZ", civil.year,
                      civil.month, civil.day, civil.hour, civil.minute, civil.second);
}

void emit_change(struct scribe *scribe, struct cell_facts *cell, const struct scribe_change *change)
{
    static char from[PATH_ROOM];
    const bool renamed = change->event == EVENT_RENAME;
    char mode[MODE_ROOM], time[TIME_ROOM];
    struct event event;
    struct names names;
    const bool admitted = admit(scribe, NULL, cell, RECORD_CHANGE);
    if (!admitted && !feed_wants(scribe, (enum event_id)change->event))
        return;
    if (renamed)
        (void)text_format(from, sizeof from, "%.*s", (int)change->from_length, change->paths);
    (void)text_format(mode, sizeof mode, "0%03o", change->mode & 0777U);
    time_text(change->seconds, time);
    about_cell(&event, cell, (enum event_id)change->event, &names);
    event.feed_only = !admitted;
    event_add(&event, FIELD_STRING, "path", renamed ? from : change->paths, 0);
    add_change(&event, change, mode, time);
    event_finish(scribe, cell, &event);
    if (change->event == EVENT_DELETE && admitted)
        write_deletion(scribe, cell, change, event.seconds);
}

/* Why a command was refused, in one word; all other errors of JAIL and the kernel are "errno". */
static const struct {
    uint32_t error;
    const char *word;
} reasons[] = {
    { DENIED_COMMAND, "command" }, { DENIED_RIGHT, "right" },  { JAIL_DENIED, "right" },
    { JAIL_DENIED_NAME, "deny" },  { JAIL_QUOTA, "quota" },    { JAIL_QUOTA_FILES, "quota" },
    { JAIL_QUOTA_LATER, "quota" }, { JAIL_TOO_LARGE, "size" }, { JAIL_NOT_HERE, "dropbox" },
    { JAIL_UPLOADED, "dropbox" },  { JAIL_BUSY, "busy" },      { JAIL_TAKEN_OVER, "busy" },
    { JAIL_LEASED, "busy" },       { JAIL_BAD_NAME, "name" },  { JAIL_NOT_REGULAR, "type" },
    { JAIL_BEYOND_END, "offset" }, { JAIL_MIXED, "offset" },   { JAIL_PATTERN, "pattern" },
    { JAIL_FLOOR, "space" },
};

static const char *reason_of(uint32_t error)
{
    for (size_t i = 0; i < COUNT(reasons); i++) {
        if (reasons[i].error == error)
            return reasons[i].word;
    }
    return "errno";
}

void emit_denied(struct scribe *scribe, struct cell_facts *cell, const struct scribe_denied *denied)
{
    struct event event;
    struct names names;
    if (!may_emit(scribe, cell, RECORD_TRANSFER, EVENT_REFUSED_COMMAND))
        return;
    about_cell(&event, cell, EVENT_REFUSED_COMMAND, &names);
    event_add(&event, FIELD_STRING, "command", denied->command, 0);
    event_add(&event, FIELD_STRING, "path", denied->path, 0);
    event_add(&event, FIELD_NUMBER, "reply", NULL, denied->reply);
    event_add(&event, FIELD_WORD, "reason", reason_of(denied->error), 0);
    if (denied->error <= ERRNO_MAX)
        event_add(&event, FIELD_STRING, "error", strerror((int)denied->error), 0);
    event_finish(scribe, cell, &event);
}

void emit_data_failed(struct scribe *scribe, struct cell_facts *cell,
                      const struct scribe_failed *failed)
{
    struct event event;
    struct names names;
    if (!may_emit(scribe, cell, RECORD_FAILED, EVENT_DATA_FAILED))
        return;
    about_cell(&event, cell, EVENT_DATA_FAILED, &names);
    event_add(&event, FIELD_WORD, "why", reason_of_failure(failed->why), 0);
    if (failed->path && *failed->text)
        event_add(&event, FIELD_STRING, "path", failed->text, 0);
    if (!failed->path && *failed->text)
        event_add(&event, FIELD_STRING, "error", failed->text, 0);
    else if (failed->error != 0)
        event_add(&event, FIELD_STRING, "error", strerror((int)failed->error), 0);
    event_finish(scribe, cell, &event);
}
