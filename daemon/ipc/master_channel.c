/* SPDX-License-Identifier: BSD-2-Clause */
/* master_channel.c - runs in each shared process, with its privilege. */
#include "daemon/ipc/master_channel.h"

#include "common/text.h"
#include "daemon/ipc/log.h"
#include "daemon/protocol/control.h"
#include "daemon/protocol/from_master.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

union any_master_message {
    struct message_head head;
    FROM_MASTER(FM_TO_ANY, BORDER_MEMBER)
};

enum master_reading master_channel_due(const struct epoll_event *events, int n, int room,
                                       const void *master)
{
    if (n == 1 && events[0].data.ptr == master)
        return MASTER_READ_ONE;
    for (int i = 0; i < n; i++) {
        if (events[i].data.ptr == master)
            return MASTER_READ_ALL;
    }
    return n == room ? MASTER_READ_ALL : MASTER_SENT_NOTHING;
}

bool master_channel_read(const struct master_border *border, enum master_reading reading,
                         void *context)
{
    UNFILLED union any_master_message message;
    int fds[MASTER_FDS_MAX];
    size_t came;
    while (reading != MASTER_SENT_NOTHING) {
        const ssize_t n = channel_receive_fds(FD_MASTER, &message, sizeof message, fds,
                                              MASTER_FDS_MAX, &came, MSG_DONTWAIT);
        if (n == -EAGAIN || n == -EINTR)
            return true;
        if (n == 0 || n == -ECONNRESET || n == -EPIPE)
            return false;
        if (n < 0)
            die("%s: the master's channel: %s", border->process, strerror((int)-n));
        const enum border_fault fault =
            border_check(border->rows, border->row_count, &message, (size_t)n, ALWAYS, came);
        if (fault != BORDER_FINE)
            die("%s: border violation: the master sent a message %s", border->process,
                border_fault_text(fault));
        border->handle(context, &message.head, fds);
        if (reading == MASTER_READ_ONE)
            break;
    }
    return true;
}
