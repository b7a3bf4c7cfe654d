/* wait.h - the one poll of a session. */
#ifndef NET_WAIT_H
#define NET_WAIT_H

#include "daemon/net/session.h"

enum waited {
    WAITED_READY, /* the descriptor is ready, or broken: the next call on it tells */
    WAITED_TIME,  /* the deadline has passed */
    WAITED_CUT,   /* session_cut() */
};

enum patience {
    UNTIL_CUT,
    TO_ITS_END, /* an answer that must be taken whatever happens; never WAITED_CUT */
};

/* Waits until fd (-1: nothing) is ready for events, or deadline_ms of the
 * monotonic clock (INT64_MAX: none).  Meanwhile the master is heard, replies
 * go out, and at-once commands are answered where s->transfer.busy says so. */
enum waited session_wait(struct session *s, int fd, short events, int64_t deadline_ms,
                         enum patience patience);

/* The same without waiting: what the client and the master have to say now. */
void session_glance(struct session *s);

/* Idle: waits until the client has sent something, or until the session is
 * over (s->left), the master wants it to end (s->stop), or deadline_ms. */
enum waited session_wait_client(struct session *s, int64_t deadline_ms);

#endif
