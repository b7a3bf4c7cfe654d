/* SPDX-License-Identifier: BSD-2-Clause */
/* transfer_queue.h - the queue on disk: the process that runs it, and what is known of it. */
#ifndef CLIENT_SHELL_TRANSFER_QUEUE_H
#define CLIENT_SHELL_TRANSFER_QUEUE_H

#include "client/engine/wardftp.h"
#include "client/shell/shell.h"

#include <stdatomic.h>

/* What runs now, in memory shared by the shell and the process that runs the queue. */
struct queue_status {
    struct queue_running {
        _Atomic uint64_t id; /* 0: nothing */
        _Atomic int64_t done, total, moved, began_ms;
        char name[PROGRESS_NAME_SIZE];
    } slot[ENGINE_SLOTS];
};

/* The journal's path, in the user's directory, which is made: false with a failure. */
bool transfer_queue_path(struct shell *shell, char path[PATH_MAX]);

/* In queue_runner.c, in that process; context: the journal's path. */
enum outcome queue_runner(void *context, struct shell *shell, int channel);

/* Starts the process, or tells it that the journal has changed. */
enum outcome transfer_queue_start(struct shell *shell);
void transfer_queue_stop(struct shell *shell);

/* Draws the lines of what runs. */
void transfer_queue_progress(struct shell *shell);

/* At the start of an interactive shell: says what waits. */
void transfer_queue_offer(struct shell *shell);

#endif
