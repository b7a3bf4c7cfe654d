/* SPDX-License-Identifier: BSD-2-Clause */
/* errand.c - runs in homes and rehash, confined: reads one message of the master and one of auth. */
#include "daemon/ipc/errand.h"

#include "daemon/ipc/log.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void errand_refuse(const char *process, const char *why)
{
    die("%s: border violation: %s", process, why);
}

void errand_receive(const char *process, const struct border_row *rows, size_t row_count,
                    unsigned phase, void *message, size_t size)
{
    const ssize_t n = channel_receive(FD_MASTER, message, size, 0);
    /* the master, or auth, has ended */
    if (n == 0 || n == -ECONNRESET)
        _exit(0);
    if (n < 0)
        die("%s: its channel: %s", process, strerror((int)-n));
    const enum border_fault fault = border_check(rows, row_count, message, (size_t)n, phase, 0);
    if (fault != BORDER_FINE)
        errand_refuse(process, border_fault_text(fault));
}

void errand_answer(const struct message_head *ask, int error)
{
    const struct errand_done answer = { .head = { .type = ERRAND_DONE, .serial = ask->serial },
                                        .error = (uint32_t)error };
    /* auth may have ended */
    (void)channel_send(FD_MASTER, &answer, sizeof answer, 0);
    _exit(0);
}
