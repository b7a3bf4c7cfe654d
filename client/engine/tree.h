/* SPDX-License-Identifier: BSD-2-Clause */
/* tree.h - whole directories of the server. */
#ifndef CLIENT_ENGINE_TREE_H
#define CLIENT_ENGINE_TREE_H

#include "client/engine/listing.h"
#include "client/engine/session.h"

/* Called for each entry below the directory; entry->name is its path from there.  Anything but
 * OUTCOME_OK ends the walk. */
typedef enum outcome tree_visit(void *context, const char *path, const struct entry *entry);

/* contents_first: a directory is visited after what is in it.  Links are not followed. */
enum outcome tree_walk(struct session *session, const char *path, bool contents_first,
                       tree_visit *visit, void *context);

/* Removes a file, or a directory with all that is in it. */
enum outcome tree_remove(struct session *session, const char *path);

#endif
