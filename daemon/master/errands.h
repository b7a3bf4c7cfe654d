/* SPDX-License-Identifier: BSD-2-Clause */
/* errands.h - processes that do one thing for auth, and end (protocol/errand.h):
 * where the configuration asks for them, and only while they are needed. */
#ifndef MASTER_ERRANDS_H
#define MASTER_ERRANDS_H

#include "daemon/master/keep.h"
#include "daemon/protocol/errand.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct master;
struct errands;

/* NULL: no memory. */
struct errands *errands_new(void);

/* auth asks for one. */
void errand_start(struct master *master, const struct tm_errand *ask);

bool errands_have(const struct master *master, pid_t pid);

/* Ends those that take too long. */
void errands_tick(const struct master *master, int64_t now);

/* Ends all. */
void errands_stop(struct master *master);

/* For an upgrade: into the image, and out of it.  False: they can't be watched. */
void errands_keep(const struct master *master, struct keeping *keeping);
bool errands_restore(struct master *master, const struct kept_head *head);

#endif
