/* doing.c - runs in NET, without privilege.  What the session is at is told
 * from the loop that waits anyway: a transfer that never waits and lasts less
 * than half a second makes no system call for it. */
#include "daemon/net/doing.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"
#include "daemon/net/pace.h"
#include "daemon/net/tls.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

enum { SETTLE_MS = 500, AGAIN_MS = 1000 };

void doing_changed(struct session *s)
{
    if (s->doing.due_ms)
        return;
    const int64_t settled = now_ms() + SETTLE_MS;
    const int64_t again = s->doing.told_ms + AGAIN_MS;
    s->doing.due_ms = settled > again ? settled : again;
}

void doing_now(struct session *s)
{
    s->doing.due_ms = 1;
}

int64_t doing_due(const struct session *s)
{
    return s->doing.due_ms ? s->doing.due_ms : INT64_MAX;
}

static enum session_state state_of(const struct session *s)
{
    if (s->transfer.busy != BUSY_TRANSFER)
        return SESSION_IDLE;
    if (s->transfer.kind == 0)
        return SESSION_LISTING;
    return s->transfer.kind == TRANSFER_DOWNLOAD ? SESSION_DOWNLOAD : SESSION_UPLOAD;
}

static void add_transfer(const struct session *s, struct scribe_activity *doing)
{
    const int64_t passed_us = now_us() - s->transfer.started_us;
    const int room = (int)sizeof doing->path - 4;
    doing->bytes = s->transfer.bytes;
    doing->size = s->transfer.size;
    doing->transfer_ms = passed_us > 0 ? (uint64_t)passed_us / 1000 : 0;
    if (!text_copy(doing->path, sizeof doing->path, s->path))
        (void)text_format(doing->path, sizeof doing->path, "%.*s...", room, s->path);
}

void doing_tell(struct session *s, int64_t now)
{
    struct scribe_activity doing;
    if (!s->doing.due_ms || now < s->doing.due_ms)
        return;
    memset(&doing, 0, sizeof doing);
    doing.head.type = SCRIBE_ACTIVITY;
    doing.state = state_of(s);
    doing.tls = tls_is(&s->control);
    if (s->doing.command)
        (void)text_copy(doing.command, sizeof doing.command, s->doing.command);
    if (doing.state != SESSION_IDLE)
        add_transfer(s, &doing);
    s->doing.told_ms = now;
    s->doing.due_ms = doing.state == SESSION_IDLE ? 0 : now + AGAIN_MS;
    (void)channel_send(s->scribe, &doing, message_size(offsetof(struct scribe_activity, path), doing.path),
                       MSG_DONTWAIT);
}
