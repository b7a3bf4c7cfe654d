/* SPDX-License-Identifier: BSD-2-Clause */
/* hand_over.c - runs in the shared processes, with the privilege of each; checks
 * what a predecessor, which has the same role, sends. */
#include "daemon/ipc/hand_over.h"

#include "common/text.h"
#include "daemon/ipc/log.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

void hand_over(const void *message, size_t size, int fd)
{
    /* the master has set a time limit on the channel */
    const int error = channel_send_fd(FD_NEXT, message, size, fd, 0);
    if (!error)
        return;
    log_note(LOG_LEVEL_ERROR, "the successor can't take over: %s", strerror(-error));
    _exit(EX_UNAVAILABLE);
}

void hand_over_end(void)
{
    const struct message_head end = { .type = HAND_END };
    hand_over(&end, sizeof end, -1);
}

union any_hand {
    struct message_head head;
    ALL_HANDS(BORDER_MEMBER)
};

/* False: it was the last message. */
static bool take_one(int channel, const struct hand_border *border, void *context)
{
    static union any_hand message;
    int fd = -1;
    const ssize_t n = channel_receive_fd(channel, &message, sizeof message, &fd, 0);
    if (n <= 0)
        die("%s: the predecessor ended before all was handed over: %s", border->process,
            n < 0 ? strerror((int)-n) : "end of file");
    const enum border_fault fault =
        border_check(border->rows, border->row_count, &message, (size_t)n, ALWAYS, fd >= 0);
    if (fault != BORDER_FINE)
        die("%s: border violation: the predecessor sent a message %s", border->process,
            border_fault_text(fault));
    if (message.head.type == HAND_END)
        return false;
    const char *wrong = border->take(context, &message.head, fd);
    wipe(&message, sizeof message); /* it may have held a key */
    if (wrong)
        die("%s: border violation: the predecessor's message: %s", border->process, wrong);
    return true;
}

void hand_over_take(int channel, const struct hand_border *border, void *context)
{
    while (take_one(channel, border, context))
        ;
    close(channel);
}
