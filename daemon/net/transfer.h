/* SPDX-License-Identifier: BSD-2-Clause */
/* transfer.h - from the 150 to the last reply: what all transfers share. */
#ifndef NET_TRANSFER_H
#define NET_TRANSFER_H

#include "daemon/net/outcome.h"
#include "daemon/net/session.h"

/* The transfer begins: sends the 150, which the caller has given to reply(). */
void transfer_begin(struct session *s, enum transfer_kind kind, uint64_t size);

/* The transfer ends: closes the data connection, gives the last reply, logs the transfer of a
 * file, and answers the ABOR that ended it. */
enum step transfer_end(struct session *s, enum outcome outcome);

/* Replies to the ABOR that ended the transfer, unless its line is still to be read. */
void transfer_answer_abor(struct session *s);

/* Refuses a transfer before the 150: replies to the error, and closes the data connection in an
 * orderly way. */
enum step transfer_refuse(struct session *s, uint32_t error);

#endif
