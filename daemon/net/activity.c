/* SPDX-License-Identifier: BSD-2-Clause */
/* activity.c - runs in NET, without privilege.  Reports are sent from the loop
 * that waits for the client: a transfer that never waits and takes less than
 * half a second makes no system call for them. */
#include "daemon/net/activity.h"

#include "common/text.h"
#include "common/title.h"
#include "daemon/ipc/channel.h"
#include "daemon/net/clock.h"
#include "daemon/net/tls.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

enum { SETTLE_MS = 500, AGAIN_MS = 1000 };

void activity_changed(struct session *s)
{
    if (s->activity.due_ms)
        return;
    const int64_t settled = now_ms() + SETTLE_MS;
    const int64_t again = s->activity.reported_ms + AGAIN_MS;
    s->activity.due_ms = settled > again ? settled : again;
}

void activity_command(struct session *s, const char *verb)
{
    s->activity.command = verb;
    activity_changed(s);
}

void activity_title(const struct session *s, const char *verb)
{
    if (s->config->process_titles == TITLES_USER && s->logged_in)
        title_set("wardftpd: net", s->name, verb);
}

void activity_report_now(struct session *s)
{
    s->activity.due_ms = 1;
}

int64_t activity_due(const struct session *s)
{
    return s->activity.due_ms ? s->activity.due_ms : INT64_MAX;
}

static enum session_state state_of(const struct session *s)
{
    if (s->transfer.busy != BUSY_TRANSFER)
        return SESSION_IDLE;
    if (s->transfer.kind == 0)
        return SESSION_LISTING;
    return s->transfer.kind == TRANSFER_DOWNLOAD ? SESSION_DOWNLOAD : SESSION_UPLOAD;
}

static void add_transfer(const struct session *s, struct scribe_activity *report)
{
    const int64_t passed_us = now_us() - s->transfer.started_us;
    const int size = (int)sizeof report->path - 4;
    report->bytes = s->transfer.bytes;
    report->size = s->transfer.size;
    report->transfer_ms = passed_us > 0 ? (uint64_t)passed_us / 1000 : 0;
    if (!text_copy(report->path, sizeof report->path, s->path))
        (void)text_format(report->path, sizeof report->path, "%.*s...", size, s->path);
}

void activity_report(struct session *s, int64_t now)
{
    struct scribe_activity report;
    if (!s->activity.due_ms || now < s->activity.due_ms)
        return;
    memset(&report, 0, sizeof report);
    report.head.type = SCRIBE_ACTIVITY;
    report.state = state_of(s);
    report.tls = tls_is(&s->control);
    if (s->activity.command)
        (void)text_copy(report.command, sizeof report.command, s->activity.command);
    if (report.state != SESSION_IDLE)
        add_transfer(s, &report);
    s->activity.reported_ms = now;
    s->activity.due_ms = report.state == SESSION_IDLE ? 0 : now + AGAIN_MS;
    (void)channel_send(s->scribe, &report,
                       message_size(offsetof(struct scribe_activity, path), report.path),
                       MSG_DONTWAIT);
}
