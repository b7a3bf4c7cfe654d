/* SPDX-License-Identifier: BSD-2-Clause */
/* throttle.c - runs in the master: pauses between cells that fail. */
#include "daemon/master/throttle.h"

#include "daemon/ipc/log.h"

enum {
    FREE_DEATHS = 2, /* so many in a row cause no pause */
    PAUSE_MS = 100,  /* doubled with each further death */
    PAUSE_MAX_MS = 10000,
    RETRY_MS = 500,
};

bool throttle_allows(const struct throttle *throttle, int64_t now)
{
    return now >= throttle->until_ms;
}

void throttle_failure(struct throttle *throttle, int64_t now)
{
    throttle->until_ms = now + RETRY_MS;
}

void throttle_young_death(struct throttle *throttle, int64_t now)
{
    int64_t pause = PAUSE_MS;
    if (++throttle->young_deaths <= FREE_DEATHS)
        return;
    for (uint32_t i = FREE_DEATHS + 1; i < throttle->young_deaths && pause < PAUSE_MAX_MS; i++)
        pause *= 2;
    if (pause > PAUSE_MAX_MS)
        pause = PAUSE_MAX_MS;
    throttle->until_ms = now + pause;
    log_note(LOG_LEVEL_ERROR,
             "%u cells in a row have died before they got a client; the next in %lld ms",
             throttle->young_deaths, (long long)pause);
}

void throttle_ordered(struct throttle *throttle, int64_t now)
{
    if (now > throttle->until_ms + PAUSE_MAX_MS)
        throttle->young_deaths = 0;
}

void throttle_served(struct throttle *throttle)
{
    throttle->young_deaths = 0;
}

void throttle_reset(struct throttle *throttle)
{
    *throttle = (struct throttle){ .until_ms = 0 };
}
