/* SPDX-License-Identifier: BSD-2-Clause */
/* plan_compare.c - which files belong to a mirror, and which of them differ.  Pure. */
#include "client/engine/plan.h"

#include "client/engine/local.h"
#include "common/path.h"

#include <stdint.h>
#include <string.h>

static bool pattern_fits(const char *pattern, const struct entry *entry, const char *path)
{
    return glob_match(pattern, strchr(pattern, '/') ? path : entry->name);
}

bool plan_wants(const struct plan_options *options, const struct entry *entry, const char *path)
{
    bool wanted = options->includes == 0 || entry->type == ENTRY_DIRECTORY;
    if (is_part_name(entry->name))
        return false;
    for (unsigned i = 0; i < options->excludes; i++) {
        if (pattern_fits(options->exclude[i], entry, path))
            return false;
    }
    for (unsigned i = 0; i < options->includes && !wanted; i++)
        wanted = pattern_fits(options->include[i], entry, path);
    return wanted;
}

/* Both times are known.  If one is not to the second, the source must be newer by more than its
 * grain. */
static bool is_newer(const struct entry *source, const struct entry *target)
{
    if (source->modified == INT64_MIN || target->modified == INT64_MIN)
        return false;
    return source->modified >= target->modified + (target->time_exact ? 1 : target->grain) &&
           source->modified > target->modified;
}

bool plan_differs(const struct plan_options *options, const struct entry *source,
                  const struct entry *target)
{
    if (!target || target->type != ENTRY_FILE)
        return true;
    if (options->only_newer)
        return is_newer(source, target);
    if (source->size >= 0 && target->size >= 0 && source->size != target->size)
        return true;
    return !options->size_only && is_newer(source, target);
}
