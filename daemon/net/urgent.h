/* SPDX-License-Identifier: BSD-2-Clause */
/* urgent.h - the commands that are answered while another one runs: ABOR, NOOP,
 * QUIT and STAT (law D4).  session_wait() runs them, so they never wait, and
 * waiting depends on no other command. */
#ifndef NET_URGENT_H
#define NET_URGENT_H

#include "daemon/net/session.h"

/* Runs the urgent commands at the head of the client's lines; all other lines stay for later.
 * An ABOR behind them ends the transfer at once, but is answered in its turn. */
void urgent_commands(struct session *s);

/* For the handler of ABOR: has this ABOR ended a transfer already, before it was its turn? */
bool urgent_take_abor(struct session *s);

#endif
