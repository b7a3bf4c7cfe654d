/* SPDX-License-Identifier: BSD-2-Clause */
/* hand_over.h - how a shared process passes its work to its successor (FM_LEAVE,
 * FM_PREDECESSOR; protocol/hand_over.h). */
#ifndef IPC_HAND_OVER_H
#define IPC_HAND_OVER_H

#include "daemon/ipc/channel.h"
#include "daemon/protocol/hand_over.h"

/* In the process that leaves: one message, with a descriptor or -1, which stays the caller's.
 * Exits if the successor is gone or does not read. */
void hand_over(const void *message, size_t size, int fd);

/* The last message: the process is to exit now. */
void hand_over_end(void);

/* What one process takes over. */
struct hand_border {
    const char *process; /* for log lines */
    const struct border_row *rows;
    size_t row_count;
    /* A message that fits its row; fd is the handler's.  NULL, or what is wrong with it. */
    const char *(*take)(void *context, const struct message_head *message, int fd);
};

/* In the successor: reads all of it, and closes the channel.  Ends the process where the
 * predecessor violates the border or ends too early: the master starts another. */
void hand_over_take(int channel, const struct hand_border *border, void *context);

#endif
