/* SPDX-License-Identifier: BSD-2-Clause */
/* zones.c - the time zones that a configuration names, as tables, for
 * JAILs that have no zone files in their roots.  Runs where config.c does; libc
 * reads the system's files, and is asked when each zone's offset changes. */
#include "daemon/config/load.h"

#include "common/text.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STEP_S = 10 * 86400 }; /* no zone changed twice within ten days */

static int32_t offset_at(uint32_t seconds)
{
    const time_t at = seconds;
    struct tm tm;
    return localtime_r(&at, &tm) ? (int32_t)tm.tm_gmtoff : 0;
}

/* The first second of the new offset, in (before, after]. */
static uint32_t find_turn(uint32_t before, uint32_t after)
{
    const int32_t old = offset_at(before);
    while (after - before > 1) {
        const uint32_t middle = before + (after - before) / 2;
        if (offset_at(middle) == old)
            before = middle;
        else
            after = middle;
    }
    return after;
}

/* For the zone that libc is set to. */
static void find_turns(struct zone *zone)
{
    zone->first_offset = offset_at(0);
    for (uint32_t at = 0; at <= UINT32_MAX - STEP_S && zone->count < ZONE_TURNS; at += STEP_S) {
        if (offset_at(at) == offset_at(at + STEP_S))
            continue;
        const uint32_t from = find_turn(at, at + STEP_S);
        zone->turns[zone->count++] = (struct zone_turn){ .from = from, .offset = offset_at(from) };
    }
}

static bool set_libc(const char *zone)
{
    const bool set = zone ? setenv("TZ", zone, 1) == 0 : unsetenv("TZ") == 0;
    tzset();
    return set;
}

/* Restores libc's zone afterwards. */
static bool read_zone(struct zone *zone)
{
    char value[ZONE_NAME_ROOM + 1];
    const char *now = getenv("TZ");
    char *before = now ? strdup(now) : NULL;
    const bool fits =
        (before || !now) && text_format(value, sizeof value, ":%s", zone->name) && set_libc(value);
    if (fits)
        find_turns(zone);
    const bool restored = set_libc(before);
    free(before);
    return fits && restored;
}

static void add_zone(struct loader *loader, const struct section *section, const char *name)
{
    struct config *config = loader->config;
    const int row = option_find(BLOCK_POLICY, "time_zone");
    if (strcmp(name, "UTC") == 0 || !*name || config_zone(config, name))
        return;
    if (config->zone_count == ZONES_MAX) {
        load_complain_key(loader, true, section, row, "more than %d time zones", ZONES_MAX);
        return;
    }
    struct zone *zone = &config->zones[config->zone_count++];
    (void)text_copy(zone->name, sizeof zone->name, name);
    if (!read_zone(zone))
        load_complain_key(loader, true, section, row, "no memory for a time zone");
}

void config_zones(struct loader *loader)
{
    for (size_t i = 0; i < loader->section_count; i++) {
        const struct section *section = &loader->sections[i];
        if (section_kinds[section->class].block == BLOCK_POLICY)
            add_zone(loader, section,
                     ((const struct policy *)section_block(loader, section))->time_zone);
    }
}
