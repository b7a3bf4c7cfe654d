/* pool.c - runs in the master: idle cells, forked before a client comes.
 *
 * How many are kept follows the arrivals of the last second, between pool_min
 * and pool_max; cells are added when nothing else is to do.  A cell that dies
 * before it gets a client slows the making of new ones down. */
#include "daemon/master/master.h"

#include "common/text.h"
#include "daemon/protocol/zygote.h"
#include "daemon/ipc/log.h"

enum {
    WINDOW_MS = 500,
    FREE_DEATHS = 2, /* so many may die young in a row without a pause */
    PAUSE_MS = 100,
    MAKE_AGAIN_MS = 500,
    ZYGOTE_SOON_MS = 1000, /* so long a client waits for a zygote that died to be replaced */
    PAUSE_MOST_MS = 10000,
};

struct cell *pool_take(struct master *master, int socket, short *events)
{
    while (master->idle.first) {
        struct cell *cell = master->idle.first;
        if (cell_is_whole(cell, socket, events))
            return cell;
        cell_end(master, cell);
    }
    return NULL;
}

void pool_hurry(struct master *master)
{
    const int64_t now = now_ms();
    while (pool_wants_cell(master, now))
        pool_add_cell(master);
}

bool pool_is_soon(const struct master *master)
{
    return master->idle.first || master->starting.first ||
           (!zygotes_live(master) && now_ms() < master->zygote_lost_ms + ZYGOTE_SOON_MS);
}

bool pool_wants_cell(const struct master *master, int64_t now)
{
    const uint32_t ready = master->idle.count + master->starting.count;
    return master->stopping == RUNNING && (ready < master->spare_target || ready < master->waiting.count) &&
           master->starting.count < STARTING_MAX && now >= master->spawn_after_ms && zygotes_live(master) &&
           master->busy.count + ready < master->config->max_sessions + master->config->pool_min;
}

void pool_add_cell(struct master *master)
{
    const int64_t now = now_ms();
    if (!cell_order(master))
        pool_make_failed(master, now);
    else if (master->young_deaths && now > master->spawn_after_ms + PAUSE_MOST_MS)
        master->young_deaths = 0;
}

/* Half a second is over: what came in the last two windows is what is kept ready. */
static void next_window(struct master *master, int64_t now)
{
    const uint32_t seen = master->arrivals + master->arrivals_before;
    const struct config *config = master->config;
    master->arrivals_before = now - master->window_ms >= 2 * WINDOW_MS ? 0 : master->arrivals;
    master->arrivals = 0;
    master->window_ms = now;
    master->spare_target = seen < config->pool_min   ? config->pool_min
                           : seen > config->pool_max ? config->pool_max
                                                     : seen;
}

void pool_tick(struct master *master, int64_t now)
{
    if (now - master->window_ms >= WINDOW_MS)
        next_window(master, now);
    while (master->idle.count > master->spare_target)
        cell_end(master, master->idle.last);
}

/* Idle cells were forked with what has changed since: new ones take their place. */
void pool_renew(struct master *master)
{
    while (master->idle.first)
        cell_end(master, master->idle.first);
    while (master->starting.first)
        cell_end(master, master->starting.first);
}

/* Something has run out (shortage.c): tried again in a moment. */
void pool_make_failed(struct master *master, int64_t now)
{
    master->spawn_after_ms = now + MAKE_AGAIN_MS;
}

void pool_forgive(struct master *master)
{
    master->young_deaths = 0;
    master->spawn_after_ms = 0;
}

void pool_young_death(struct master *master, int64_t now)
{
    int64_t pause = PAUSE_MS;
    if (++master->young_deaths <= FREE_DEATHS)
        return;
    for (uint32_t i = FREE_DEATHS + 1; i < master->young_deaths && pause < PAUSE_MOST_MS; i++)
        pause *= 2;
    if (pause > PAUSE_MOST_MS)
        pause = PAUSE_MOST_MS;
    master->spawn_after_ms = now + pause;
    log_note(LOG_LEVEL_ERROR, "%u cells in a row have died before they got a client; the next in %lld ms",
             master->young_deaths, (long long)pause);
}
