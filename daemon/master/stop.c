/* SPDX-License-Identifier: BSD-2-Clause */
/* stop.c - runs in the master: drains sessions, or stops them. */
#include "daemon/master/stop.h"

#include "common/text.h"
#include "daemon/ipc/log.h"
#include "daemon/master/cell.h"
#include "daemon/master/listen.h"
#include "daemon/master/greetings.h"
#include "daemon/master/notify.h"
#include "daemon/master/pool.h"
#include "daemon/master/waiting.h"

enum {
    /* for a session that must end at once: it settles its upload and sends a 421 */
    LAST_REPLY_MS = 1000
};

static void take_no_more(struct master *master)
{
    if (master->stopping != RUNNING)
        return;
    listeners_close(master);
    waiting_end(master);
    greetings_end(master);
    pool_renew(master);
}

static void log_stop(enum stop_how how, const char *what, uint32_t sessions)
{
    log_admin(&(struct scribe_admin){ .event = EVENT_STOP, .value = how, .number = sessions },
              "%s: %u sessions", what, sessions);
}

void stop_drain(struct master *master)
{
    if (master->stopping != RUNNING)
        return;
    log_stop(STOP_DRAINING, "draining", master->cells->busy.count);
    take_no_more(master);
    master->stopping = DRAINING;
    notify_draining(master);
    master->stop_at_ms = INT64_MAX;
}

void stop_begin(struct master *master, enum stopping how)
{
    const enum stop_kind kind = how == STOPPING_NOW ? STOP_NOW : STOP_GENTLY;
    const int64_t now = now_ms();
    /* asked again: the time that sessions have goes on */
    if (master->stopping == how && how == STOPPING_GENTLY)
        return;
    log_stop(STOP_STOPPING, "stopping", master->cells->busy.count);
    take_no_more(master);
    master->stopping = how;
    const int64_t left_ms =
        how == STOPPING_NOW ? LAST_REPLY_MS : (int64_t)master->config->stop_timeout * 1000;
    master->stop_at_ms = now + left_ms;
    notify_stopping(master, left_ms);
    for (struct cell *cell = master->cells->busy.first; cell; cell = cell->next)
        cell_stop(cell, kind, STOP_SHUTDOWN);
}

static void end_all_sessions(struct master *master)
{
    while (master->cells->busy.first)
        cell_end(master, master->cells->busy.first);
}

void stop_tick(struct master *master, int64_t now)
{
    if (master->stopping == RUNNING || now < master->stop_at_ms)
        return;
    if (master->stopping == STOPPING_GENTLY)
        stop_begin(master, STOPPING_NOW);
    else
        end_all_sessions(master);
}

bool stop_is_complete(const struct master *master)
{
    return master->stopping != RUNNING && !master->cells->busy.count &&
           !master->cells->ending.count;
}
