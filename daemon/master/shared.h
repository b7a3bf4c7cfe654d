/* SPDX-License-Identifier: BSD-2-Clause */
/* shared.h - auth, dialer, keeper, scribe, control and events and metrics, one process
 * each; events and metrics only where the configuration needs them. */
#ifndef MASTER_SHARED_H
#define MASTER_SHARED_H

#include "daemon/master/keep.h"
#include "daemon/protocol/from_master.h"
#include "daemon/protocol/to_net.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct master;

/* What they report. */
struct shared_events {
    /* A new process runs and knows nothing yet. */
    void (*started)(struct master *master, enum shared_role role);
    /* It replaces one that ended. */
    void (*restarted)(struct master *master, enum shared_role role);
    /* In an upgrade: a new process is about to take over from the present one, which still serves.
     * Gives it what it needs before it serves ... */
    void (*succeeds)(struct master *master, enum shared_role role);
    /* ... and what the present one gives up first. */
    void (*succeeded)(struct master *master, enum shared_role role);
    /* The one before has ended. */
    void (*left)(struct master *master);
    /* It sent this, which its border allows. */
    void (*received)(struct master *master, const struct message_head *message);
};

/* NULL: no memory. */
struct shared_processes *shared_new(const struct shared_events *events);

/* False: one cannot be started, logged. */
bool shared_start_all(struct master *master);
/* Starts those that the new configuration asks for, and ends those that it doesn't. */
void shared_follow_config(struct master *master);
void shared_stop_all(struct master *master);
void shared_tick(struct master *master, int64_t now);
/* Has it been started, and not ended since? */
bool shared_runs(const struct master *master, enum shared_role role);
bool shared_have(const struct master *master, pid_t pid);

/* Starts another process, which takes over from this one (FM_LEAVE, FM_PREDECESSOR); this one is
 * leaving, and no longer watched for its restart.  False: it can't be started; this one stays. */
bool shared_succeed(struct master *master, enum shared_role role);
/* The same for one that no session depends on, and that has nothing to hand over. */
bool shared_replace(struct master *master, enum shared_role role);
/* Has the one before ended? */
bool shared_has_left(const struct master *master, enum shared_role role);

/* Waits for one message of it, and handles it.  False: it has ended, or sent nothing until then. */
bool shared_await(struct master *master, enum shared_role role, int64_t until);

/* The scribe has said that its filter refused this system call, which ends it. */
void shared_note_refused_call(struct master *master, uint32_t call);

/* shared_send.c: sends a message; fd -1: without one.  A process that does not
 * read it within five seconds is ended and replaced. */
void shared_send(struct master *master, enum shared_role role, const void *message, size_t size,
                 int fd);
/* The same, with `count` descriptors, where only one cell depends on it.  False: something has run
 * out. */
bool shared_try_send(struct master *master, enum shared_role role, const void *message, size_t size,
                     const int fds[], size_t count);
/* To all of them. */
void shared_send_all(struct master *master, const void *message, size_t size, int fd);

/* For an upgrade: into the image, and out of it.  False: they can't be watched. */
void shared_keep(struct master *master, struct keeping *keeping);
bool shared_restore(struct master *master, const struct kept_head *head);

#endif
