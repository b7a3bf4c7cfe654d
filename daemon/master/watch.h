/* SPDX-License-Identifier: BSD-2-Clause */
/* watch.h - what the master's loop watches with epoll. */
#ifndef MASTER_WATCH_H
#define MASTER_WATCH_H

#include <stdbool.h>
#include <stddef.h>

struct master;

/* A field of the struct that owns the descriptor. */
struct watch {
    void (*ready)(struct master *master, struct watch *watch);
};

/* The struct of this type that has the watch as this field. */
#define WATCH_OWNER(type, field, watch) ((type *)((char *)(watch)-offsetof(type, field)))

/* Watches fd for input.  False: errno, logged. */
bool watch_add(struct master *master, int fd, struct watch *watch);
void watch_remove(struct master *master, int fd);

#endif
