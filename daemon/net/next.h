/* SPDX-License-Identifier: BSD-2-Clause */
/* next.h - s->next: REST, RANG and ALLO, which apply to the next transfer
 * command only (law U4). */
#ifndef NET_NEXT_H
#define NET_NEXT_H

#include "daemon/net/session.h"

/* Forgets all three, after a transfer command or an ABOR. */
void next_forget(struct session *s);

void next_restart(struct session *s, uint64_t offset);
void next_announce(struct session *s, uint64_t bytes);
void next_set_range(struct session *s, uint64_t first, uint64_t last);
void next_forget_range(struct session *s);

/* Where the transfer begins in the file, by RANG or else by REST. */
uint64_t next_offset(const struct session *s);

/* How many bytes it moves at most; UINT64_MAX without a RANG. */
uint64_t next_bytes(const struct session *s);

#endif
