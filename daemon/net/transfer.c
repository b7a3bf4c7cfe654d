/* SPDX-License-Identifier: BSD-2-Clause */
/* transfer.c - runs in NET, without privilege. */
#include "daemon/net/transfer.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/log.h"
#include "daemon/net/activity.h"
#include "daemon/net/ask.h"
#include "daemon/net/checksum.h"
#include "daemon/net/clock.h"
#include "daemon/net/control.h"
#include "daemon/net/data.h"
#include "daemon/net/end.h"
#include "daemon/net/progress.h"
#include "daemon/net/reply.h"
#include "daemon/net/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

static bool sends(const struct session *s)
{
    return s->transfer.kind == 0 || s->transfer.kind == TRANSFER_DOWNLOAD;
}

/* The 150 is sent by itself, before the first byte of data (law D6): many clients wait for a
 * readable socket once for each reply. */
void transfer_begin(struct session *s, enum transfer_kind kind, uint64_t size)
{
    progress_begin(s, kind, size);
    control_flush(s);
}

static void count_transfer(struct session *s, bool complete)
{
    if (s->transfer.kind == TRANSFER_DOWNLOAD) {
        s->counts.bytes_down += s->transfer.bytes;
        s->counts.files_down += complete;
    } else {
        s->counts.bytes_up += s->transfer.bytes;
        s->counts.files_up += complete;
    }
}

static bool is_logged(const struct session *s)
{
    return strcmp(s->config->log, "none") != 0 || s->config->xferlog[0] ||
           s->config->events_socket[0];
}

/* Reports the transfer to the scribe, unless no log would show it. */
static void record(struct session *s, unsigned code)
{
    struct scribe_transfer *record = &s->room.record;
    unsigned char digest[SHA256_SIZE];
    const bool digested = checksum_end(s, digest) && code == 226;
    const bool listing = s->transfer.kind == 0;
    if (listing && !log_wants(EVENT_LISTING))
        return;
    if (!listing)
        count_transfer(s, code == 226);
    if (!is_logged(s))
        return;
    memset(record, 0, offsetof(struct scribe_transfer, path));
    record->head.type = SCRIBE_TRANSFER;
    record->bytes = s->transfer.bytes;
    record->microseconds = (uint64_t)(now_us() - s->transfer.started_us);
    record->kind = listing ? TRANSFER_LISTING : s->transfer.kind;
    record->complete = code == 226;
    record->ascii = s->type == TYPE_ASCII;
    record->reply = code;
    record->digested = digested;
    if (digested)
        memcpy(record->digest, digest, sizeof record->digest);
    if (text_copy(record->path, sizeof record->path, s->path))
        log_record(record, message_size(offsetof(struct scribe_transfer, path), record->path));
}

static const char *abort_reason(const struct session *s)
{
    if (s->transfer.aborted)
        return "Transfer aborted.";
    return s->stop == STOP_NOW ? "The server closes this session; transfer aborted."
                               : "Control connection lost; transfer aborted.";
}

/* The text is made in s->room, which no transfer needs any more.  For a full disk it has the
 * number of bytes (law U5). */
static unsigned file_failure(struct session *s, const char **text)
{
    unsigned code;
    const char *reason = error_text(s, s->transfer.error, &code);
    if (s->transfer.error == ENOSPC || s->transfer.error == JAIL_FLOOR)
        (void)text_format(s->room.piece, sizeof s->room.piece, "%s; %" PRIu64 " bytes had come.",
                          reason, s->transfer.bytes);
    else
        (void)text_format(s->room.piece, sizeof s->room.piece, "%s.", reason);
    *text = s->room.piece;
    /* a listing that can't be finished (law N4) */
    if (s->transfer.kind == 0 && s->transfer.error != ASK_LOST)
        code = 451;
    return code;
}

/* The code of the last reply, and its text. */
static unsigned final_reply(struct session *s, enum outcome outcome, const char **text)
{
    switch (outcome) {
    case OUTCOME_DONE:
        *text = "Transfer complete.";
        return 226;
    case OUTCOME_NO_CONNECTION:
        *text = "Can't open data connection.";
        return 425;
    case OUTCOME_NOT_RESUMED:
        *text = "The TLS session of the control connection must be resumed on the data connection.";
        return 522;
    case OUTCOME_BROKEN:
        *text = "Data connection lost; transfer aborted.";
        break;
    case OUTCOME_STALLED:
        *text = "Data connection timed out; transfer aborted.";
        break;
    case OUTCOME_CUT:
        *text = abort_reason(s);
        break;
    case OUTCOME_FILE:
        return file_failure(s, text);
    case OUTCOME_SHRUNK:
        *text = "The file was truncated during the transfer; transfer aborted.";
        return 451;
    }
    return 426;
}

void transfer_answer_abor(struct session *s)
{
    if (s->transfer.aborted && !s->abor_waits)
        (void)reply(s, 226, "ABOR command successful.");
}

/* Why it failed, where the record of the transfer does not say it. */
static void report_failure(struct session *s, enum outcome outcome, unsigned code)
{
    static const enum failure_why whys[] = { [OUTCOME_NO_CONNECTION] = WHY_NO_CONNECTION,
                                             [OUTCOME_BROKEN] = WHY_BROKEN,
                                             [OUTCOME_NOT_RESUMED] = WHY_NOT_RESUMED,
                                             [OUTCOME_STALLED] = WHY_STALLED };
    if (outcome == OUTCOME_FILE)
        report_denied(s, code, s->transfer.error);
    else if ((size_t)outcome < COUNT(whys) && whys[outcome])
        report_data_failed(s, whys[outcome], 0, NULL);
}

/* The client gets its reply before the transfer is logged. */
enum step transfer_end(struct session *s, enum outcome outcome)
{
    const char *text = "";
    if (outcome == OUTCOME_DONE && sends(s))
        outcome = data_finish(s);
    if (outcome == OUTCOME_DONE && sends(s))
        data_await_close(s);
    const unsigned code = final_reply(s, outcome, &text);
    if (code == 226)
        data_close_connection(s);
    else
        data_close(s);
    if (code != 421) {
        (void)reply(s, code, "%s", text);
        control_send(s);
        transfer_answer_abor(s);
        control_send(s);
    }
    report_failure(s, outcome, code);
    record(s, code);
    progress_end(s);
    activity_changed(s);
    return code == 421 ? reply_error(s, ASK_LOST) : STEP_NEXT;
}

enum step transfer_refuse(struct session *s, uint32_t error)
{
    data_close(s);
    return reply_error(s, error);
}
