/* SPDX-License-Identifier: BSD-2-Clause */
/* notify.h - tells a service manager how the daemon is (sd_notify(3)). */
#ifndef MASTER_NOTIFY_H
#define MASTER_NOTIFY_H

#include "daemon/master/keep.h"

#include <stdint.h>

struct master;

/* Connects to the socket that NOTIFY_SOCKET names, and notes WATCHDOG_USEC.  NULL:
 * no service manager asks for messages; all functions below take that. */
struct notify *notify_new(void);
/* also after a reload */
void notify_ready(const struct master *master);
void notify_reloading(const struct master *master);
void notify_draining(const struct master *master);

/* The daemon stops, and needs at most this time. */
void notify_stopping(const struct master *master, int64_t most_ms);

/* Sends the watchdog's message when half of its time has passed. */
void notify_tick(struct master *master, int64_t now_ms);

/* For an upgrade: into the image, and out of it.  NULL: there is none, or no memory. */
void notify_keep(const struct master *master, struct keeping *keeping);
struct notify *notify_restore(const struct kept_head *head);

#endif
