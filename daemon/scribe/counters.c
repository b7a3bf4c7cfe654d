/* SPDX-License-Identifier: BSD-2-Clause */
/* counters.c - runs in the scribe: counts for the metrics, and sends the counts to
 * the master. */
#include "daemon/scribe/counters.h"

#include "daemon/ipc/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { SEND_MS = 1000 };

/* The most that one record adds: a taken NET may claim any number, and no counter may wrap. */
#define RECORD_MOST (UINT64_C(1) << 50)

static void count(struct counters *counters, uint32_t place, uint64_t more)
{
    const uint64_t before = counters->values[place];
    const uint64_t added = more < RECORD_MOST ? more : RECORD_MOST;
    counters->values[place] = before < UINT64_MAX - RECORD_MOST ? before + added : before;
    counters->changed = true;
}

/* Into the histogram that begins at this place. */
static void observe(struct counters *counters, uint32_t place, const uint64_t *bounds,
                    uint64_t microseconds)
{
    uint32_t bucket = 0;
    while (bucket < METRIC_BOUNDS && microseconds > bounds[bucket])
        bucket++;
    count(counters, place + bucket, 1);
    count(counters, place + METRIC_SUM, microseconds);
}

void counters_login(struct counters *counters, const struct scribe_login *login)
{
    if (login->refusal == REFUSED_NOT) {
        count(counters, METRIC_LOGINS, 1);
        observe(counters, METRIC_LOGIN_SECONDS, metric_login_bounds, login->milliseconds * 1000);
        counters->values[METRIC_LAST_LOGIN] = (uint64_t)time(NULL);
        return;
    }
    count(counters, METRIC_LOGIN_FAILURES + login->refusal, 1);
    if (login->limit != LIMIT_NONE)
        count(counters, METRIC_REFUSED + login->limit, 1);
}

void counters_transfer(struct counters *counters, const struct scribe_transfer *transfer)
{
    const uint32_t direction =
        transfer->kind == TRANSFER_DOWNLOAD ? METRIC_DOWNLOAD : METRIC_UPLOAD;
    const uint32_t result = transfer->complete ? METRIC_COMPLETE : METRIC_FAILED;
    if (transfer->kind == TRANSFER_LISTING) {
        count(counters, METRIC_LISTINGS + result, 1);
        return;
    }
    count(counters, METRIC_TRANSFERS + direction * METRIC_RESULTS + result, 1);
    count(counters, METRIC_TRANSFER_BYTES + direction, transfer->bytes);
    observe(counters, METRIC_TRANSFER_SECONDS + direction * HISTOGRAM_SLOTS, metric_transfer_bounds,
            transfer->microseconds);
}

void counters_tls(struct counters *counters)
{
    count(counters, METRIC_TLS_HANDSHAKES + METRIC_COMPLETE, 1);
}

void counters_failure(struct counters *counters, const struct scribe_failed *failed)
{
    if (failed->why == WHY_HANDSHAKE)
        count(counters, METRIC_TLS_HANDSHAKES + METRIC_FAILED, 1);
    else
        count(counters, METRIC_DATA_FAILURES + failed->why, 1);
}

void counters_refused_command(struct counters *counters)
{
    count(counters, METRIC_REFUSED_COMMANDS, 1);
}

void counters_resume(struct counters *counters, const struct counts *before)
{
    for (uint32_t i = 0; i < METRIC_SCRIBE_VALUES; i++)
        counters->values[i] += before->values[i];
}

void counters_log(struct counters *counters, uint64_t lost, bool replaced)
{
    if (lost != counters->lost_lines)
        count(counters, METRIC_LOG_LINES_LOST, lost - counters->lost_lines);
    counters->lost_lines = lost;
    counters->changed = counters->changed || counters->values[METRIC_LOG_REPLACED] != replaced;
    counters->values[METRIC_LOG_REPLACED] = replaced;
}

int64_t counters_due(const struct counters *counters)
{
    return counters->changed ? counters->sent_ms + SEND_MS : INT64_MAX;
}

/* Where the master's channel has no room, again in a second. */
void counters_tick(struct counters *counters, int64_t now)
{
    struct counts message = { .head.type = TM_COUNTS };
    if (now < counters_due(counters))
        return;
    memcpy(message.values, counters->values, sizeof message.values);
    counters->sent_ms = now;
    counters->changed = channel_send(FD_MASTER, &message, sizeof message, MSG_DONTWAIT) == -EAGAIN;
}
