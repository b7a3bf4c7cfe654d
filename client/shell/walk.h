/* SPDX-License-Identifier: BSD-2-Clause */
/* walk.h - visits what is below a directory of the server. */
#ifndef CLIENT_SHELL_WALK_H
#define CLIENT_SHELL_WALK_H

#include "client/shell/shell.h"

enum { WALK_DEPTH_MAX = 100 };

struct walk {
    struct shell *shell;
    unsigned depth_max; /* deeper files and directories are not visited */
    /* each file and directory, its path as name; depth 1: directly in the root.  Anything but
     * OUTCOME_OK ends the walk. */
    enum outcome (*visit)(void *context, const struct entry *entry, unsigned depth);
    /* a directory, after all below it; may be NULL */
    enum outcome (*leave)(void *context, const char *path, unsigned depth);
    void *context;

    struct failure first; /* result: of the first directory that could not be listed */
};

/* The root is visited first, with depth 0; a file is visited alone.  Symbolic links are not
 * followed.  A directory that cannot be listed is reported and costs only itself; the outcome is
 * then that of its failure. */
enum outcome walk_run(struct walk *walk, const char *root);

#endif
