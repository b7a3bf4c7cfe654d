/* SPDX-License-Identifier: BSD-2-Clause */
/* plan_delete.c - what a mirror has to delete. */
#include "client/engine/plan_steps.h"

#include "client/engine/remote.h"

/* Plans to delete a path and all below it, the deepest first.  What the patterns exclude stays, and
 * the directories above it: *kept. */
static enum outcome plan_deletion(struct plan *plan, const char *path, const struct entry *entry,
                                  unsigned depth, bool *kept);

static enum outcome plan_deletions_inside(struct plan *plan, const char *path,
                                          const struct listing *inside, unsigned depth, bool *kept)
{
    char inner[TARGET_PATH_SIZE];
    enum outcome outcome = OUTCOME_OK;
    for (size_t i = 0; outcome == OUTCOME_OK && i < inside->count; i++) {
        const struct entry *one = &inside->entries[i];
        if (name_is_safe(one->name, one->name_bytes) &&
            remote_join(path, one->name, inner, sizeof inner))
            outcome = plan_deletion(plan, inner, one, depth + 1, kept);
        else
            *kept = true;
    }
    return outcome;
}

static enum outcome plan_deletion(struct plan *plan, const char *path, const struct entry *entry,
                                  unsigned depth, bool *kept)
{
    bool kept_inside = false;
    if (!plan_wants(&plan->options, entry, plan_below_root(path, plan->target_bytes))) {
        *kept = true;
        return OUTCOME_OK;
    }
    if (depth > PLAN_DEPTH_MAX)
        return failure_set(&plan->session->failure, OUTCOME_PROTOCOL,
                           "%s: directories nested too deeply", path);
    if (entry->type == ENTRY_DIRECTORY) {
        struct listing inside = { 0 };
        enum outcome outcome = plan_list(plan, path, plan->options.upload, &inside);
        const size_t held = inside.bytes;
        plan->targets += inside.count;
        if (outcome == OUTCOME_OK)
            outcome = plan_hold(plan, path, held);
        if (outcome == OUTCOME_OK)
            outcome = plan_deletions_inside(plan, path, &inside, depth, &kept_inside);
        plan->held_bytes -= outcome == OUTCOME_OK ? held : 0;
        listing_free(&inside);
        if (outcome != OUTCOME_OK)
            return outcome;
    }
    *kept = *kept || kept_inside;
    return kept_inside ? OUTCOME_OK : plan_add_path(plan, &plan->deletions, path, entry);
}

enum outcome plan_extras(struct plan *plan, const struct listing *sources,
                         const struct listing *targets, const char *to)
{
    enum outcome outcome = OUTCOME_OK;
    char path[TARGET_PATH_SIZE];
    for (size_t i = 0; outcome == OUTCOME_OK && i < targets->count; i++) {
        const struct entry *entry = &targets->entries[i];
        bool kept = false;
        if (listing_find(sources, entry->name) || !name_is_safe(entry->name, entry->name_bytes) ||
            !remote_join(to, entry->name, path, sizeof path))
            continue;
        outcome = plan_deletion(plan, path, entry, 0, &kept);
        if (outcome == OUTCOME_OK || !plan_goes_on(plan, outcome))
            continue;
        plan_problem(plan, outcome, "%s: %s", path, plan->session->failure.text);
        outcome = OUTCOME_OK;
    }
    return outcome;
}
