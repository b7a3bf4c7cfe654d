/* SPDX-License-Identifier: BSD-2-Clause */
/* zygotes.h - the two processes that fork the halves of cells. */
#ifndef MASTER_ZYGOTES_H
#define MASTER_ZYGOTES_H

#include "daemon/master/keep.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct master;

enum half { HALF_NET, HALF_JAIL, HALVES };

/* What the zygotes report. */
struct zygote_events {
    /* pid is half of this cell; 0: it could not be forked. */
    void (*forked)(struct master *master, uint64_t cell, enum half half, pid_t pid);
    /* The zygote of these halves has ended; what it was asked for will not come. */
    void (*lost)(struct master *master, enum half half);
};

/* NULL: no memory. */
struct zygotes *zygotes_new(const struct zygote_events *events);
bool zygotes_start(struct master *master);
void zygotes_stop(struct master *master);

/* Replaces them: what they were started with has changed. */
void zygotes_renew(struct master *master);
void zygotes_tick(struct master *master, int64_t now);

bool zygotes_live(const struct master *master);
/* Has one ended so recently that clients may wait for its successor? */
bool zygotes_restart_soon(const struct master *master);
/* May there be children that a zygote has yet to report? */
bool zygotes_owe_answers(const struct master *master);
bool zygotes_have(const struct master *master, pid_t pid);

/* Asks for half of a cell, with its channels (at FD_MASTER and on); the answer
 * is an event.  False: it cannot be asked, logged. */
bool zygote_ask(struct master *master, enum half half, uint64_t cell, const int channels[],
                size_t count);

/* Ends one that does not answer; its end starts another. */
void zygote_kill_hung(struct master *master, enum half half);

/* Waits for an answer and handles it.  False: none came. */
bool zygotes_await(struct master *master);

/* For an upgrade: into the image, where none owes an answer; and out of it.  False: they can't be
 * watched. */
void zygotes_keep(struct master *master, struct keeping *keeping);
bool zygotes_restore(struct master *master, const struct kept_head *head);

#endif
