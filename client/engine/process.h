/* SPDX-License-Identifier: BSD-2-Clause */
/* process.h - the engine's child processes.  Their file is the only one of the engine that names
 * what concerns a whole process: fork, signals, exit. */
#ifndef CLIENT_ENGINE_PROCESS_H
#define CLIENT_ENGINE_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* What a child has: its end of the channel, and at most one descriptor more.  All others are
 * closed; standard input, output and error are /dev/null. */
struct process_body {
    int (*run)(void *context, int channel); /* returns the exit code */
    void *context;
    int keep;              /* -1: none */
    bool ends_with_parent; /* is killed when the parent ends */
};

/* Forks.  *channel is the parent's end, of datagrams in order.  The process id, or -errno. */
pid_t process_start(const struct process_body *body, int *channel);

void process_kill(pid_t pid);

/* Has it ended?  With wait: waits for it. */
bool process_reap(pid_t pid, bool wait);

#endif
