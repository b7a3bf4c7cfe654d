/* SPDX-License-Identifier: BSD-2-Clause */
/* errand.h - the channel of a process that does one thing for auth and ends: two
 * messages, one answer (protocol/errand.h). */
#ifndef IPC_ERRAND_H
#define IPC_ERRAND_H

#include "daemon/ipc/channel.h"
#include "daemon/protocol/errand.h"

/* The message of this phase, whole.  Ends the process where the other side is gone, or where the
 * message is another one. */
void errand_receive(const char *process, const struct border_row *rows, size_t row_count,
                    unsigned phase, void *message, size_t size);

/* The sender's fault: ends the process. */
_Noreturn void errand_refuse(const char *process, const char *why);

/* The one answer: 0 or an errno.  Ends the process. */
_Noreturn void errand_answer(const struct message_head *ask, int error);

#endif
