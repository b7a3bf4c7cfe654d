/* SPDX-License-Identifier: BSD-2-Clause */
/* master_channel.h - how a shared process reads what the master sends it. */
#ifndef IPC_MASTER_CHANNEL_H
#define IPC_MASTER_CHANNEL_H

#include "daemon/ipc/channel.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/epoll.h>

enum { MASTER_FDS_MAX = 2 };

/* What one process expects. */
struct master_border {
    const char *process; /* for log lines */
    const struct border_row *rows;
    size_t row_count;
    /* A message that fits its row.  Its descriptors are the handler's. */
    void (*handle)(void *context, const struct message_head *message,
                   const int fds[MASTER_FDS_MAX]);
};

/* How much of it is to be read in a turn of the loop. */
enum master_reading {
    MASTER_SENT_NOTHING,
    MASTER_READ_ONE, /* nothing else is to be served: what is left is an event of the next turn */
    MASTER_READ_ALL, /* before any cell is served: the master's messages say what a cell may do */
};

/* Of the n events of this turn (room: how many could have come), of which the
 * master's has this pointer.  A message that was sent before a cell's first
 * question was ready before that question, so its event is among them, unless
 * there was no room for all. */
enum master_reading master_channel_due(const struct epoll_event *events, int n, int room,
                                       const void *master);

/* Handles what has come, without waiting.  False: the master is gone.  Ends the
 * process where the master violates the border: the master starts another,
 * which gets everything again. */
bool master_channel_read(const struct master_border *border, enum master_reading reading,
                         void *context);

/* In the call of a handler: the descriptors that come with the message. */
#define MASTER_FDS_0(fds)
#define MASTER_FDS_1(fds) , (fds)[0]
#define MASTER_FDS_2(fds) , (fds)

#endif
