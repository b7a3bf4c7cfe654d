/* SPDX-License-Identifier: BSD-2-Clause */
/* plan.h - what a mirror has to do, found out by listing both sides; nothing is changed.
 *
 * Only what is known is planned for deletion: nothing in and below a directory whose listing failed
 * or may be incomplete.  Such a directory costs only itself: the plan goes on, and plan->first says
 * what was wrong. */
#ifndef CLIENT_ENGINE_PLAN_H
#define CLIENT_ENGINE_PLAN_H

#include "client/engine/failure.h"
#include "client/engine/jobs.h"
#include "client/engine/listing.h"

struct session;

enum {
    PLAN_PATTERNS_MAX = 32,
    PLAN_DEPTH_MAX = 100,
    PLAN_DIRECTORIES_MAX = 1000000,
    PLAN_MAX_BYTES = 512 * 1024 * 1024
};

struct plan_options {
    bool upload, delete_extra, only_newer, resume, checksum, size_only, overwrite_links;
    bool everything; /* copy files that do not differ, too */
    bool untyped;    /* the name of the local target is the server's, too: see local.h */
    const char *include[PLAN_PATTERNS_MAX], *exclude[PLAN_PATTERNS_MAX];
    unsigned includes, excludes;
};

struct plan {
    struct session *session;
    struct plan_options options;
    void (*note)(void *context, const char *text); /* of what is skipped */
    void *context;
    /* results: paths to make, parents first */
    struct listing directories;
    struct jobs jobs;         /* files to copy */
    struct listing deletions; /* paths to delete, directories after their contents */
    size_t targets;           /* entries that the target has, as far as seen */
    struct failure first;     /* the first failure that did not end the plan, or OUTCOME_OK */
                              /* internal: lengths of the two roots */
    size_t source_bytes, target_bytes;
    unsigned visited; /* directories so far */
    /* listings of the directories from the root down to this one */
    size_t held_bytes;
};

/* exists: does the target?  A failure of the root directory, or of the session, is the outcome. */
enum outcome plan_make(struct plan *plan, const char *source, const char *target, bool exists);
void plan_free(struct plan *plan);

/* Do the patterns include the entry?  A pattern with a slash matches the path below the root,
 * others the name.  Directories need no include.  Partial files of downloads are never included. */
bool plan_wants(const struct plan_options *options, const struct entry *entry, const char *path);

/* Is a file to be copied?  source and target (NULL: missing) as listed; pure. */
bool plan_differs(const struct plan_options *options, const struct entry *source,
                  const struct entry *target);

#endif
