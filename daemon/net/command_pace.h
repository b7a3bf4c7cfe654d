/* SPDX-License-Identifier: BSD-2-Clause */
/* command_pace.h - command_rate: how many commands a second a session may send.  Further ones
 * wait, unread in the end, so that TCP slows the client down.  Without a limit these functions
 * look at no clock. */
#ifndef NET_COMMAND_PACE_H
#define NET_COMMAND_PACE_H

#include "daemon/net/session.h"

/* A command has come: counts it, and returns 0.  Otherwise it comes too early by so many
 * microseconds, and does not count yet. */
int64_t command_pace_take(struct session *s);

/* Commands a second; 0: no limit. */
uint32_t command_pace_rate(const struct session *s);

/* Logs, once a session, that commands are delayed. */
void command_pace_report(struct session *s);

#endif
