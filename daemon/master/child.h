/* SPDX-License-Identifier: BSD-2-Clause */
/* child.h - a child of the master, and how the master sees its end. */
#ifndef MASTER_CHILD_H
#define MASTER_CHILD_H

#include "daemon/master/keep.h"
#include "daemon/master/watch.h"

#include <stdbool.h>
#include <sys/types.h>

struct child {
    struct watch watch; /* its pidfd is readable: it has ended */
    pid_t pid;          /* 0: none */
    int pidfd;
};

/* Watches for the end of a new child.  False, and the child is ended: errno, logged. */
bool child_take(struct master *master, struct child *child, pid_t pid);

/* Sends SIGKILL, where there is a child. */
void child_kill(const struct child *child);

/* Waits up to timeout_ms for its end, and leaves it to child_reap. */
bool child_await_end(const struct child *child, int64_t timeout_ms);

/* Collects the wait status of an ended child; -1 where it has not ended. */
int child_reap(struct master *master, struct child *child);

/* For an upgrade: into the image, and out of it.  False: it can't be watched. */
struct kept_child child_keep(struct keeping *keeping, const struct child *child);
bool child_restore(struct master *master, struct child *child, const struct kept_child *kept);

#endif
