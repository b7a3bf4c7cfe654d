/* SPDX-License-Identifier: BSD-2-Clause */
/* activity.c - runs in the scribe: answers control's questions: who is
 * connected, what each session does, and the totals. */
#include "daemon/scribe/chain.h"
#include "daemon/scribe/state.h"

#include "common/text.h"
#include "daemon/ipc/channel.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Since the last report on the same transfer; where this is the first, since its start. */
static uint64_t rate_of(const struct activity *before, const struct scribe_activity *now)
{
    const bool goes_on = before->state == now->state &&
                         now->transfer_ms > (uint64_t)before->transfer_ms &&
                         now->bytes >= before->bytes;
    const uint64_t bytes = goes_on ? now->bytes - before->bytes : now->bytes;
    const uint64_t ms =
        goes_on ? now->transfer_ms - (uint64_t)before->transfer_ms : now->transfer_ms;
    const double rate = ms == 0 ? 0 : (double)bytes * 1000 / (double)ms;
    return rate < 1e18 ? (uint64_t)rate : UINT64_C(1000000000000000000);
}

bool activity_take(struct scribe *scribe, struct cell_facts *cell,
                   const struct scribe_activity *report)
{
    if (!cell->activity)
        cell->activity = calloc(1, sizeof *cell->activity);
    struct activity *activity = cell->activity;
    if (!activity)
        return false;
    activity->rate = report->state == SESSION_IDLE ? 0 : rate_of(activity, report);
    activity->reported_ms = scribe->now;
    activity->transfer_ms = (int64_t)(report->transfer_ms & INT64_MAX);
    activity->bytes = report->bytes;
    activity->size = report->size;
    activity->state = report->state;
    activity->tls = report->tls;
    (void)text_copy(activity->command, sizeof activity->command, report->command);
    (void)text_copy(activity->path, sizeof activity->path, report->path);
    return true;
}

void count_login(struct scribe *scribe, const struct scribe_login *login)
{
    if (login->refusal == REFUSED_NOT)
        scribe->totals.logins++;
    else
        scribe->totals.refused_logins++;
    if (login->refusal == REFUSED_NOT)
        scribe->login_ms = scribe->now;
    counters_login(&scribe->counters, login);
}

void count_transfer(struct scribe *scribe, const struct scribe_transfer *transfer)
{
    struct totals *totals = &scribe->totals;
    const bool down = transfer->kind == TRANSFER_DOWNLOAD;
    *(down ? &totals->bytes_down : &totals->bytes_up) += transfer->bytes;
    (*(!transfer->complete ? &totals->failed_transfers
       : down              ? &totals->files_down
                           : &totals->files_up))++;
}

/* ---- who ---- */

static void fill_row(const struct scribe *scribe, const struct cell_facts *cell,
                     struct control_session *row)
{
    const struct activity *activity = cell->activity;
    memset(row, 0, sizeof *row);
    row->session = cell->session;
    row->age_ms = scribe->now > cell->since_ms ? (uint64_t)(scribe->now - cell->since_ms) : 0;
    row->peer = cell->peer;
    row->pid = cell->pid;
    memcpy(row->user, cell->user, sizeof row->user);
    if (!activity)
        return;
    row->reported_ms =
        scribe->now > activity->reported_ms ? (uint64_t)(scribe->now - activity->reported_ms) : 0;
    row->bytes = activity->bytes;
    row->size = activity->size;
    row->rate = activity->rate;
    row->state = activity->state;
    row->tls = activity->tls;
    memcpy(row->command, activity->command, sizeof row->command);
    memcpy(row->path, activity->path, sizeof row->path);
}

/* Keeps the sessions with the lowest numbers, sorted. */
static void consider(const struct cell_facts *cells[CONTROL_WHO_ROWS], uint32_t *count,
                     const struct cell_facts *cell)
{
    uint32_t at = *count;
    while (at > 0 && cell->session < cells[at - 1]->session)
        at--;
    if (at == CONTROL_WHO_ROWS)
        return;
    if (*count == CONTROL_WHO_ROWS)
        (*count)--;
    for (uint32_t i = *count; i > at; i--)
        cells[i] = cells[i - 1];
    cells[at] = cell;
    (*count)++;
}

/* One handler for each of SCRIBE_VERBS.  False: it has sent its own answer. */

static bool on_who(const struct scribe *scribe, const struct channel *channel,
                   const struct control_ask *ask, struct control_answer *answer)
{
    static struct control_who page;
    (void)answer;
    const struct cell_facts *cells[CONTROL_WHO_ROWS];
    memset(&page, 0, sizeof page);
    page.head = ask->head;
    page.verb = ask->verb;
    const struct cell_facts *cell = hash_table_first(&scribe->cells);
    for (; cell; cell = hash_table_next(&scribe->cells, &cell->node)) {
        if (cell->session > ask->number && cell->net_open && !cell->leave_logged && !cell->gone)
            consider(cells, &page.count, cell);
    }
    for (uint32_t i = 0; i < page.count; i++)
        fill_row(scribe, cells[i], &page.rows[i]);
    /* if it is lost, control's question times out */
    (void)channel_send(channel->fd, &page, sizeof page, MSG_DONTWAIT);
    return false;
}

bool scribe_log_is_replaced(const struct scribe *scribe)
{
    return scribe->config->log[0] == '/' &&
           (scribe->log.kind == SINK_SYSLOG || scribe->log.kind == SINK_NONE);
}

static bool on_counts(const struct scribe *scribe, const struct channel *channel,
                      const struct control_ask *ask, struct control_answer *answer)
{
    const struct totals *totals = &scribe->totals;
    (void)channel;
    (void)ask;
    answer->numbers[COUNT_SECONDS] = (uint64_t)(scribe->now - totals->since_ms) / 1000;
    answer->numbers[COUNT_SESSIONS] = totals->sessions;
    answer->numbers[COUNT_LOGINS] = totals->logins;
    answer->numbers[COUNT_REFUSED_LOGINS] = totals->refused_logins;
    answer->numbers[COUNT_FILES_UP] = totals->files_up;
    answer->numbers[COUNT_FILES_DOWN] = totals->files_down;
    answer->numbers[COUNT_FAILED_TRANSFERS] = totals->failed_transfers;
    answer->numbers[COUNT_BYTES_UP] = totals->bytes_up;
    answer->numbers[COUNT_BYTES_DOWN] = totals->bytes_down;
    answer->numbers[COUNT_LOST_LINES] = scribe->log.lost_ever + scribe->xferlog.lost_ever;
    answer->numbers[COUNT_LOST_EVENTS] = scribe->feed.lost_ever;
    answer->numbers[COUNT_LOG_REPLACED] = scribe_log_is_replaced(scribe);
    answer->numbers[COUNT_CHAIN] = chain_is_on(scribe) ? scribe->chain.sequence : 0;
    if (answer->numbers[COUNT_CHAIN])
        log_chain_hex(&scribe->chain, answer->text);
    answer->numbers[COUNT_LOGIN_AGE] =
        scribe->login_ms ? (uint64_t)(scribe->now - scribe->login_ms) / 1000 : UINT64_MAX;
    return true;
}

static bool on_refusals(const struct scribe *scribe, const struct channel *channel,
                        const struct control_ask *ask, struct control_answer *answer)
{
    (void)channel;
    refusals_answer(&scribe->refusals, ask, scribe->now, answer);
    return true;
}

static bool on_traced(const struct scribe *scribe, const struct channel *channel,
                      const struct control_ask *ask, struct control_answer *answer)
{
    (void)channel;
    answer->numbers[TRACED_RUN] = (uint64_t)scribe->totals.since_ms;
    traced_answer(&scribe->traced, ask, answer);
    return true;
}

#define VERB(name, number, patience, kind, handler)                                                \
    case name:                                                                                     \
        return on_##handler(scribe, channel, ask, answer);

static bool obey(const struct scribe *scribe, const struct channel *channel,
                 const struct control_ask *ask, struct control_answer *answer)
{
    switch (ask->verb) {
        SCRIBE_VERBS(VERB)
    default:
        answer->result = CONTROL_BAD;
        return true;
    }
}

/* The master's messages are read first, so that a new session is known. */
void answer_control(struct scribe *scribe, const struct channel *channel,
                    const struct control_ask *ask)
{
    struct control_answer answer;
    scribe_read_master(scribe);
    memset(&answer, 0, sizeof answer);
    answer.head = ask->head;
    answer.verb = ask->verb;
    if (obey(scribe, channel, ask, &answer))
        (void)channel_send(channel->fd, &answer, sizeof answer, MSG_DONTWAIT);
}
