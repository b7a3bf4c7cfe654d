/* SPDX-License-Identifier: BSD-2-Clause */
/* zone.c - pure. */
#include "common/zone.h"

#include <stddef.h>

int32_t zone_offset(const struct zone *zone, int64_t seconds)
{
    if (!zone)
        return 0;
    size_t low = 0, high = zone->count; /* turns before low are past, those from high on are not */
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (zone->turns[middle].from <= seconds)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? zone->first_offset : zone->turns[low - 1].offset;
}
