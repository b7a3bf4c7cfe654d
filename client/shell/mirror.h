/* SPDX-License-Identifier: BSD-2-Clause */
/* mirror.h - one run of the command mirror. */
#ifndef CLIENT_SHELL_MIRROR_H
#define CLIENT_SHELL_MIRROR_H

#include "client/engine/plan.h"
#include "client/shell/queue.h"

struct mirror_options {
    bool dry_run, force;
    bool has_max_delete, max_delete_percent; /* of what the target has */
    size_t max_delete;
    unsigned parallel;
};

struct mirror {
    struct shell *shell;
    struct mirror_options options;
    struct plan plan;
    const char *from;
    char to[TARGET_PATH_SIZE];
    bool exists; /* to */
};

/* In mirror_options.c: reads the words; *first is the index of the source. */
enum outcome mirror_options_take(struct mirror *mirror, const struct tokens *tokens, size_t *first);

#endif
