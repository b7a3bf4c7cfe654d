/* SPDX-License-Identifier: BSD-2-Clause */
/* pool.c - runs in the master: idle cells, forked before a client comes.
 *
 * Their number follows the arrivals of the last second, between pool_min and
 * pool_max; cells are added when the master has nothing else to do. */
#include "daemon/master/pool.h"

#include "common/text.h"
#include "daemon/master/cell.h"
#include "daemon/master/cell_start.h"
#include "daemon/master/master.h"
#include "daemon/master/zygotes.h"
#include "daemon/protocol/zygote.h"

#include <stdlib.h>

enum { WINDOW_MS = 500 };

struct pool {
    uint32_t target;                    /* how many cells are to be idle */
    uint32_t arrivals, arrivals_before; /* of this window, of the last one */
    int64_t window_ms;                  /* its start */
};

struct pool *pool_new(const struct master *master)
{
    struct pool *pool = calloc(1, sizeof *pool);
    if (pool)
        *pool = (struct pool){ .target = master->config->pool_min, .window_ms = now_ms() };
    return pool;
}

struct cell *pool_take(struct master *master, int socket, short *events)
{
    while (master->cells->idle.first) {
        struct cell *cell = master->cells->idle.first;
        if (cell_is_whole(cell, socket, events))
            return cell;
        cell_end(master, cell);
    }
    return NULL;
}

void pool_count_arrival(struct master *master)
{
    master->pool->arrivals++;
    throttle_served(&master->cells->throttle);
}

bool pool_is_soon(const struct master *master)
{
    return master->cells->idle.first || master->cells->starting.first ||
           zygotes_restart_soon(master);
}

bool pool_wants_cell(const struct master *master, int64_t now)
{
    const struct cells *cells = master->cells;
    const uint32_t ready = cells->idle.count + cells->starting.count;
    return master->stopping == RUNNING && !master->cells_held &&
           (ready < master->pool->target || ready < master->clients_waiting) &&
           cells->starting.count < STARTING_MAX && throttle_allows(&cells->throttle, now) &&
           zygotes_live(master) &&
           cells->busy.count + ready < master->config->max_sessions + master->config->pool_min;
}

void pool_add_cell(struct master *master)
{
    const int64_t now = now_ms();
    if (cell_order(master))
        throttle_ordered(&master->cells->throttle, now);
    else
        throttle_failure(&master->cells->throttle, now);
}

void pool_hurry(struct master *master)
{
    const int64_t now = now_ms();
    while (pool_wants_cell(master, now))
        pool_add_cell(master);
}

void pool_renew(struct master *master)
{
    while (master->cells->idle.first)
        cell_end(master, master->cells->idle.first);
    while (master->cells->starting.first)
        cell_end(master, master->cells->starting.first);
}

/* A window has ended: as many as came in the last two are kept ready. */
static void next_window(struct master *master, int64_t now)
{
    struct pool *pool = master->pool;
    const struct config *config = master->config;
    const uint32_t seen = pool->arrivals + pool->arrivals_before;
    pool->arrivals_before = now - pool->window_ms >= 2 * WINDOW_MS ? 0 : pool->arrivals;
    pool->arrivals = 0;
    pool->window_ms = now;
    pool->target = seen < config->pool_min   ? config->pool_min
                   : seen > config->pool_max ? config->pool_max
                                             : seen;
}

void pool_tick(struct master *master, int64_t now)
{
    if (now - master->pool->window_ms >= WINDOW_MS)
        next_window(master, now);
    while (master->cells->idle.count > master->pool->target)
        cell_end(master, master->cells->idle.last);
}
