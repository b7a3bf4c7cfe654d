/* SPDX-License-Identifier: BSD-2-Clause */
/* chain.c - runs in the scribe: chains the lines of the log, and sends the head
 * of the chain to syslog, so that it is kept elsewhere. */
#include "daemon/scribe/chain.h"

#include "common/log_chain.h"
#include "common/text.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { HEAD_MS = 3600 * 1000, HEAD_ROOM = 256 };
_Static_assert(EVENT_ROOM - EVENT_LIMIT > LOG_CHAIN_SUFFIX,
               "a line has no room for its number and hash");
_Static_assert((int)EVENT_ROOM < (int)LOG_CHAIN_LINE, "a line is too long for the chain");

bool chain_is_on(const struct scribe *scribe)
{
    return scribe->config->log_chain && scribe->log.kind == SINK_FILE;
}

/* A line that was not written is no part of the chain. */
bool chain_write(struct scribe *scribe, const struct event *event, char line[EVENT_ROOM],
                 size_t length)
{
    struct log_chain next = scribe->chain;
    const bool chained = chain_is_on(scribe) && log_chain_append(&next, line, &length);
    if (!sink_write(&scribe->log, event->level, event->pid, line, length))
        return false;
    if (chained)
        scribe->chain = next;
    /* once it is on again, a new chain begins */
    else if (!scribe->config->log_chain)
        scribe->chain.sequence = 0;
    return true;
}

void chain_send_head(struct scribe *scribe)
{
    char line[HEAD_ROOM], head[LOG_CHAIN_HEX + 1];
    if (!chain_is_on(scribe) || scribe->chain.sequence == 0)
        return;
    log_chain_hex(&scribe->chain, head);
    (void)text_format(line, sizeof line - 1, "head of the log's chain: seq=%" PRIu64 " chain=%s",
                      scribe->chain.sequence, head);
    (void)sink_write(&scribe->heads, LOG_LEVEL_INFO, (int32_t)getpid(), line, strlen(line));
    scribe->head_due_ms = scribe->now + HEAD_MS;
}

void chain_tick(struct scribe *scribe)
{
    if (!chain_is_on(scribe))
        return;
    if (scribe->head_due_ms == 0)
        scribe->head_due_ms = scribe->now + HEAD_MS;
    if (scribe->now >= scribe->head_due_ms)
        chain_send_head(scribe);
}

int64_t chain_due(const struct scribe *scribe)
{
    return chain_is_on(scribe) && scribe->head_due_ms ? scribe->head_due_ms : INT64_MAX;
}
