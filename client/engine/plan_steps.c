/* SPDX-License-Identifier: BSD-2-Clause */
/* plan_steps.c - what the parts of a plan share. */
#include "client/engine/plan_steps.h"

#include "client/engine/local.h"
#include "client/engine/remote.h"
#include "common/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void plan_problem(struct plan *plan, enum outcome outcome, const char *format, ...)
{
    struct failure failure;
    char text[FAILURE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    failure_set(&failure, outcome, "%s", text);
    if (plan->first.outcome == OUTCOME_OK)
        plan->first = failure;
    else if (plan->note)
        plan->note(plan->context, failure.text);
}

enum outcome plan_no_memory(struct plan *plan)
{
    return failure_set(&plan->session->failure, OUTCOME_LOCAL, "out of memory");
}

/* Can the plan go on after this failure of one directory or file? */
bool plan_goes_on(const struct plan *plan, enum outcome outcome)
{
    return plan->session->open && outcome != OUTCOME_INTERRUPTED && outcome != OUTCOME_PROTOCOL;
}

const char *plan_below_root(const char *path, size_t root_bytes)
{
    const char *rest = path + (strlen(path) < root_bytes ? strlen(path) : root_bytes);
    return rest + strspn(rest, "/");
}

/* Of the local target. */
size_t plan_typed_bytes(const struct plan *plan)
{
    return plan->options.untyped ? 0 : plan->target_bytes;
}

enum outcome plan_list(struct plan *plan, const char *path, bool remote, struct listing *listing)
{
    if (remote)
        return remote_list_inside(plan->session, path, listing);
    const size_t typed = plan->options.upload ? plan->source_bytes : plan_typed_bytes(plan);
    const int result = local_list(path, typed, listing);
    if (result == -ENOMEM)
        return plan_no_memory(plan);
    return result == 0 ? OUTCOME_OK
                       : failure_set(&plan->session->failure, OUTCOME_LOCAL, "%s: %s", path,
                                     strerror(-result));
}

/* Listings stay in memory from the root down to the current directory: their sum is bounded. */
enum outcome plan_hold(struct plan *plan, const char *path, size_t bytes)
{
    plan->held_bytes += bytes;
    return plan->held_bytes <= PLAN_MAX_BYTES
               ? OUTCOME_OK
               : failure_set(&plan->session->failure, OUTCOME_PROTOCOL, "%s: listings too large",
                             path);
}

enum outcome plan_add_path(struct plan *plan, struct listing *listing, const char *path,
                           const struct entry *entry)
{
    struct entry copy = *entry;
    copy.name = path;
    copy.name_bytes = strlen(path);
    return listing_add(listing, &copy) == 0 ? OUTCOME_OK : plan_no_memory(plan);
}
