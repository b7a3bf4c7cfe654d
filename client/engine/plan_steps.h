/* SPDX-License-Identifier: BSD-2-Clause */
/* plan_steps.h - what the parts of a plan share; within the engine. */
#ifndef CLIENT_ENGINE_PLAN_STEPS_H
#define CLIENT_ENGINE_PLAN_STEPS_H

#include "client/engine/plan.h"
#include "client/engine/session.h"

/* A failure that does not end the plan: the first is kept, later ones are noted. */
void plan_problem(struct plan *plan, enum outcome outcome, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
enum outcome plan_no_memory(struct plan *plan);

/* Can the plan go on after this failure of one directory or file? */
bool plan_goes_on(const struct plan *plan, enum outcome outcome);

/* The part of a path below the root, whose length is root_bytes. */
const char *plan_below_root(const char *path, size_t root_bytes);

/* How much of the local target the user typed: see local.h. */
size_t plan_typed_bytes(const struct plan *plan);

enum outcome plan_list(struct plan *plan, const char *path, bool remote, struct listing *listing);

/* Counts the bytes of listings that stay in memory: their sum is bounded. */
enum outcome plan_hold(struct plan *plan, const char *path, size_t bytes);

/* Adds an entry under a whole path. */
enum outcome plan_add_path(struct plan *plan, struct listing *listing, const char *path,
                           const struct entry *entry);

/* In plan_delete.c: plans to delete what only the target has. */
enum outcome plan_extras(struct plan *plan, const struct listing *sources,
                         const struct listing *targets, const char *to);

#endif
