/* SPDX-License-Identifier: BSD-2-Clause */
/* report.c - runs in NET, without privilege.  What it says is a taken NET's
 * word as well: the scribe attributes it to this session, whatever it says. */
#include "daemon/net/report.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/ipc/validate.h"
#include "daemon/ipc/log.h"
#include "daemon/net/tls.h"

#include <stddef.h>
#include <string.h>

struct reporting report_begin(struct session *s, const char *verb)
{
    const struct reporting interrupted = s->reporting;
    s->reporting.verb = verb;
    s->reporting.failed = false;
    /* not that of the command before */
    if (!interrupted.verb)
        s->path[0] = '\0';
    return interrupted;
}

void report_end(struct session *s, const struct reporting *interrupted)
{
    s->reporting.verb = interrupted->verb;
    s->reporting.failed = interrupted->failed;
}

void report_tls(const struct session *s)
{
    struct scribe_tls record;
    if (!log_wants(EVENT_TLS))
        return;
    memset(&record, 0, sizeof record);
    record.head.type = SCRIBE_TLS;
    tls_fill_record(&s->control, &record);
    log_record(&record, sizeof record);
}

static void send_failed(enum failure_why why, int error, bool path, const char *text)
{
    static struct scribe_failed record;
    memset(&record, 0, offsetof(struct scribe_failed, text));
    record.head.type = SCRIBE_FAILED;
    record.why = why;
    record.error = (uint32_t)(error < 0 ? -error : error);
    record.path = path;
    (void)text_format(record.text, sizeof record.text, "%s", text);
    log_record(&record, message_size(offsetof(struct scribe_failed, text), record.text));
}

void report_handshake_failed(const char *why)
{
    if (log_wants(EVENT_TLS_FAILED))
        send_failed(WHY_HANDSHAKE, 0, false, why);
}

void report_wrong_peer(const struct sockaddr_storage *peer)
{
    char address[ADDR_TEXT_ROOM];
    if (log_wants(EVENT_DATA_FAILED))
        send_failed(WHY_WRONG_PEER, 0, false, addr_text(peer, address));
}

void report_resume_missed(struct session *s)
{
    if (!log_wants(EVENT_DATA_FAILED) || s->reporting.resume_missed)
        return;
    s->reporting.resume_missed = true;
    send_failed(WHY_RESUME_MISSED, 0, true, s->path);
}

void report_data_failed(struct session *s, enum failure_why why, int error, const char *text)
{
    if (!log_wants(EVENT_DATA_FAILED) || s->reporting.failed)
        return;
    s->reporting.failed = true;
    const bool path = !text && s->transfer.busy == BUSY_TRANSFER;
    send_failed(why, error, path, text ? text : path ? s->path : "");
}

void report_trace_start(struct session *s, uint32_t seconds)
{
    s->reporting.trace_until_ms = seconds > 0 ? now_ms() + (int64_t)seconds * 1000 : 0;
}

void report_trace(const struct session *s, bool of_reply, const char *text, size_t n)
{
    struct scribe_trace record;
    if (s->reporting.trace_until_ms == 0 || now_ms() >= s->reporting.trace_until_ms)
        return;
    memset(&record, 0, offsetof(struct scribe_trace, line));
    record.head.type = SCRIBE_TRACE;
    record.reply = of_reply;
    (void)text_format(record.line, sizeof record.line, "%.*s",
                      (int)(n < NOTE_ROOM ? n : NOTE_ROOM - 1), text);
    log_record(&record, message_size(offsetof(struct scribe_trace, line), record.line));
}

/* A rule of the configuration, not the state of the files. */
static bool is_rule(uint32_t error)
{
    switch (error) {
    case JAIL_DENIED:
    case JAIL_DENIED_NAME:
    case JAIL_QUOTA:
    case JAIL_QUOTA_FILES:
    case JAIL_QUOTA_LATER:
    case JAIL_FLOOR:
    case JAIL_TOO_LARGE:
    case JAIL_NOT_HERE:
    case JAIL_UPLOADED:
    case DENIED_COMMAND:
    case DENIED_RIGHT:
        return true;
    default:
        return false;
    }
}

/* Commands that transfer or change something: each refusal of them is of interest. */
static bool changes(const char *verb)
{
    static const char *const verbs[] = { "APPE", "DELE",       "MFF",        "MFMT", "MKD",
                                         "RETR", "RMD",        "RNFR",       "RNTO", "STOR",
                                         "STOU", "SITE CHMOD", "SITE UTIME", "XMKD", "XRMD" };
    for (size_t i = 0; i < COUNT(verbs); i++) {
        if (strcmp(verbs[i], verb) == 0)
            return true;
    }
    return false;
}

static bool is_known(uint32_t error)
{
    return error <= ERRNO_MAX || (error >= JAIL_DENIED && error < JAIL_ERRORS_END) ||
           (error >= DENIED_COMMAND && error < DENIED_END);
}

void report_denied(const struct session *s, unsigned reply, uint32_t error)
{
    static struct scribe_denied record;
    const char *verb = s->reporting.verb;
    if (!log_wants(EVENT_REFUSED_COMMAND) || !verb || !s->logged_in || !is_known(error) ||
        !(changes(verb) || is_rule(error)))
        return;
    memset(&record, 0, offsetof(struct scribe_denied, path));
    record.head.type = SCRIBE_DENIED;
    record.reply = reply;
    record.error = error;
    (void)text_copy(record.command, sizeof record.command, verb);
    (void)text_copy(record.path, sizeof record.path, s->path);
    log_record(&record, message_size(offsetof(struct scribe_denied, path), record.path));
}
