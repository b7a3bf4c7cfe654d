/* SPDX-License-Identifier: BSD-2-Clause */
/* scribe_ends.h - channels to the scribe: the master's own, and those of the
 * processes that the master starts. */
#ifndef MASTER_SCRIBE_ENDS_H
#define MASTER_SCRIBE_ENDS_H

#include "daemon/ipc/channel.h"
#include "daemon/master/child.h"
#include "daemon/roles.h"

#include <stdbool.h>
#include <stdint.h>

/* Starts a role's program with a channel to the master (*channel is our end)
 * and, unless it is the scribe, one to the scribe, which knows it as `end`
 * (enum fm_end).  False: logged. */
bool spawn_with_channel(struct master *master, enum role role, uint32_t end, struct child *child,
                        int *channel);

/* The same for a shared process; *next is the end from which its successor will take over. */
bool spawn_shared(struct master *master, enum role role, uint32_t end, struct child *child,
                  int *channel, int *next);

/* The same with fds[n] as its descriptor n in addition (spawn.h). */
bool spawn_with_fds(struct master *master, enum role role, uint32_t end, int fds[FD_PLACES],
                    struct child *child, int *channel);

/* The master logs over a new channel: the scribe is new. */
void scribe_ends_open_own(struct master *master);
/* The other shared processes get new channels: the scribe is new. */
void scribe_ends_renew(struct master *master);
/* The log level of the configuration has changed. */
void scribe_ends_set_level(const struct master *master);
/* The master logs to standard error: the scribe is to end. */
void scribe_ends_close_own(struct master *master);

#endif
