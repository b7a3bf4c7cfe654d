/* SPDX-License-Identifier: BSD-2-Clause */
/* wait.h - waits for events. */
#ifndef NET_WAIT_H
#define NET_WAIT_H

#include "daemon/net/session.h"

enum waited {
    WAITED_READY, /* the descriptor is ready, or broken */
    WAITED_TIME,  /* the deadline has passed */
    WAITED_CUT,   /* session_cut() */
};

enum patience {
    UNTIL_CUT,
    TO_ITS_END, /* for an answer that must be received whatever happens: never WAITED_CUT */
};

/* Waits until fd (-1: nothing) is ready for events, or until deadline_ms of the monotonic clock
 * (INT64_MAX: none).  Meanwhile reads messages of the master, sends replies, and runs urgent
 * commands, if s->transfer.busy permits. */
enum waited session_wait(struct session *s, int fd, short events, int64_t deadline_ms,
                         enum patience patience);

/* The same without waiting: handles what has come from the client and the master. */
void session_glance(struct session *s);

/* Idle: waits until the client has sent something, or until the session is
 * over (s->left), the master wants it to end (s->stop), or deadline_ms. */
enum waited session_wait_client(struct session *s, int64_t deadline_ms);

#endif
